import { CodedError, invariant, messageOf } from '@trireme/base';
import { type Header, KvError, type KvErrorCode, type Timer } from '@trireme/ports';
import { createWatchHub } from '../mvcc/index.ts';
import { type ConfigChange, createRaft, type Message } from '../raft/index.ts';
import { createDriver } from './driver.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createLeaderCalls } from './leader-calls.ts';
import { createLeaseKeeper } from './lease-keeper.ts';
import type { Member, MemberStatus } from './member.ts';
import { createMemberKv } from './member-kv.ts';
import { type ChangeRequest, createMembership } from './membership.ts';
import { defaultOptions, type MemberDeps, type MemberOptions } from './options.ts';
import { createInbox, createOutbox } from './outbox.ts';
import type { PeerMessage } from './peer-codec.ts';
import { createProposals, type SendOutcome } from './proposals.ts';
import { createReads } from './reads.ts';
import { createReplica, type MemberAddress } from './replica.ts';
import { decodeRequests, encodeRequests, type Request } from './request-codec.ts';
import { createSnapshotReceiver, createSnapshotSender, type ReceivedState } from './snapshot-transfer.ts';
import { decodeAddress, type StartState, startUp } from './start-up.ts';
import { createWatchStream, type OpenStream, stoppedError } from './watch-stream.ts';

/** Writes of which the leader may have two under way: more proposals gather meanwhile and go together. */
const maxWritesBeforeGathering = 2;

/**
 * Starts a member: reads its disk, applies what its log holds, and takes part. Resolves when the local state is there;
 * whether there is a leader shows in `status()`.
 */
export async function createMember(deps: MemberDeps): Promise<Member> {
  const options: MemberOptions = { ...defaultOptions, ...deps.options };
  invariant(deps.id > 0n && deps.id < 2n ** 53n, `a member id is positive and below 2^53, got ${deps.id}`);
  const start = await startUp(deps, options);
  const running = assemble(deps, options, start);
  await running.replayed();
  return running.member;
}

function assemble(deps: MemberDeps, options: MemberOptions, start: StartState) {
  const { time, transport, random } = deps;
  const id = Number(deps.id);
  const logger = deps.logger.with({ member: String(deps.id) });
  const { log, checkpoints, stored, incarnation, level } = start;
  const leadershipListeners = new Set<(leads: boolean) => void>();
  const failureListeners = new Set<(error: unknown) => void>();
  const streams = new Set<OpenStream>();
  let stopped = false;
  let leads = false;
  let lastLeader = '';
  let timer: Timer | undefined;
  let idleTimer: Timer | undefined;
  let addressesTold: string | undefined;
  let received: ReceivedState | undefined;

  const raft = createRaft({ random: () => random.float() }, { id, electionTicks: options.electionTicks }, start.seed);
  const replica = createReplica(
    stored.meta.replica,
    stored.versions.length > 0 || stored.meta.replica.index > 0
      ? { meta: stored.meta.space, versions: stored.versions }
      : undefined,
    {
      header: () => header(),
      isOwn: (request) => request.origin === id && request.incarnation === incarnation,
      applied(request, outcome) {
        if (request.origin === id && request.incarnation === incarnation) proposals.applied(request, outcome);
      },
      changed: (change) => hub.publish(change),
      commanded({ command }) {
        leases.commanded(command);
        if (command.type === 'compact') hub.wakeAll();
      },
      decodeAddress,
    },
  );
  const hub = createWatchHub(() => replica.space);
  const header = (): Header => ({
    clusterId: options.clusterId,
    memberId: deps.id,
    revision: replica.space.revision,
    raftTerm: raft.status().term,
  });
  const whyLate = (): KvError =>
    log.isFull
      ? new KvError('no-space', "This member's disk is full. Free space on it. A write may still happen.")
      : new KvError('unavailable', 'No majority of the members answered in time. A write may still happen; try again.');

  const outbox = createOutbox(transport);
  const send = (to: number, message: PeerMessage): void => {
    outbox.send(to, message);
    driver.wake();
  };
  const sendRequests = (requests: readonly Request[]): SendOutcome => {
    const { role, leader } = raft.status();
    if (role !== 'leader') {
      if (leader === 0) return 'later';
      outbox.send(leader, { type: 'forward', data: encodeRequests(requests) });
      return 'forwarded';
    }
    if (driver.writing >= maxWritesBeforeGathering) return 'later';
    const outcome = raft.propose([{ kind: 'normal', data: encodeRequests(requests) }]);
    if (outcome === 'busy') return { refused: 'too-many-requests' };
    return outcome === 'accepted' ? 'in-own-log' : 'later';
  };
  const clock = time;
  const timeoutMs = options.requestTimeoutMs;
  const resendMs = 10 * options.tickMs;
  const wake = (): void => driver.wake();
  const proposals = createProposals({
    clock,
    origin: id,
    incarnation,
    timeoutMs,
    resendMs,
    send: sendRequests,
    wake,
    whyLate,
  });
  const reads = createReads({
    clock,
    incarnation,
    timeoutMs,
    retryMs: 5 * options.tickMs,
    ask: (context) => raft.readIndex(context),
    appliedIndex: () => replica.index,
    wake,
    whyLate,
  });
  const leases = createLeaseKeeper({
    time,
    logger,
    replica,
    revoke: (leaseId) => proposals.submit({ type: 'lease-revoke', id: leaseId }, 32),
  });
  const membership = createMembership(raft, wake);
  const calls = createLeaderCalls({
    clock,
    self: id,
    incarnation,
    timeoutMs,
    resendMs,
    leader: () => raft.status().leader,
    send,
    handlers: {
      'lease-renew': leases.renew,
      'lease-remaining': leases.remaining,
      'change-config': membership.change,
    },
    whyLate,
  });
  const sender = createSnapshotSender({
    clock,
    incarnation,
    send,
    ended(to, arrived) {
      raft.reportSnapshot(to, arrived);
      if (!arrived) logger.log('warn', 'a snapshot could not be sent; it is tried again', { to });
      driver.wake();
      housekeeping.check();
    },
  });
  const receiver = createSnapshotReceiver(send);
  const housekeeping = createHousekeeping(
    { raft, log, replica, checkpoints, timers: time, logger, isCopying: () => sender.active },
    options,
  );

  const roleChanged = (): void => {
    const { role, leader, term } = raft.status();
    if (`${leader}/${term}` !== lastLeader) {
      lastLeader = `${leader}/${term}`;
      if (leader !== 0) {
        proposals.resendAll();
        reads.askAgain();
        calls.flush();
      }
    }
    const now = role === 'leader';
    if (now === leads) return;
    leads = now;
    leases.setLeading(now);
    logger.log('info', now ? 'this member leads now' : 'this member does not lead any more', { term });
    for (const listener of [...leadershipListeners]) listener(now);
  };
  const tellAddresses = (): void => {
    const known = [...replica.addresses.values()];
    const text = JSON.stringify(known);
    if (text === addressesTold) return;
    addressesTold = text;
    const ids = new Set(known.map((address) => BigInt(address.id)));
    const seeds = deps.peers.filter((peer) => !ids.has(peer.id) && replica.index === 0);
    transport.setPeers([...known.map((address) => ({ id: BigInt(address.id), url: address.peerUrl })), ...seeds]);
  };
  const driver = createDriver({
    raft,
    log,
    replica,
    timers: time,
    logger,
    send(message: Message) {
      if (message.type === 'snapshot') sender.start(message, replica.space, housekeeping.meta());
      else outbox.send(message.to, { type: 'raft', message });
    },
    flushSends: () => outbox.flush(),
    beforePump() {
      proposals.flush();
      reads.flush();
    },
    answered(answers) {
      for (const { context, index } of answers) reads.answered(context, index);
    },
    applied() {
      reads.applied();
      membership.applied(replica.index);
      tellAddresses();
      housekeeping.check();
    },
    install() {
      invariant(received, 'a snapshot was taken whose state is not here');
      const told = replica.space.revision;
      const installed = housekeeping.install(received);
      received = undefined;
      hub.resync(told);
      return installed;
    },
    roleChanged,
    failed: (error) => fail(error),
  });

  const handle = (from: number, message: PeerMessage): void => {
    if (stopped) return;
    switch (message.type) {
      case 'raft':
        raft.step(message.message);
        break;
      case 'forward':
        takeForwarded(from, message.data);
        break;
      case 'refuse':
        proposals.refused(message.sequences, message.code as KvErrorCode);
        break;
      case 'call':
      case 'answer':
        calls.receive(from, message);
        break;
      case 'snapshot-part':
        takeSnapshotPart(from, message);
        break;
      case 'snapshot-ack':
        sender.acknowledged(from, message.transfer, message.part, message.accepted);
        break;
    }
    driver.wake();
  };
  const takeForwarded = (from: number, data: Uint8Array): void => {
    // Whoever forwarded this took this member for the leader. If it is not, silence: the asker sends it again.
    if (raft.status().role !== 'leader') return;
    const refuse = (code: KvErrorCode): void =>
      send(from, { type: 'refuse', sequences: decodeRequests(data).map(({ sequence }) => sequence), code });
    if (log.isFull) refuse('no-space');
    else if (raft.propose([{ kind: 'normal', data }]) === 'busy') refuse('too-many-requests');
  };
  const takeSnapshotPart = (from: number, part: PeerMessage & { readonly type: 'snapshot-part' }): void => {
    const state = receiver.receive(from, part);
    if (!state) return;
    received = state;
    raft.step(state.message);
  };
  const tick = (): void => {
    if (stopped) return;
    timer = time.after(options.tickMs, tick);
    try {
      raft.tick();
      proposals.tick();
      reads.tick();
      calls.tick();
      leases.tick();
      sender.tick();
      // A leader that cannot write hands over to one that can.
      if (log.isFull && leads && raft.status().transferee === 0) raft.transferLeadership(0);
    } catch (error) {
      fail(error);
    }
    driver.wake();
  };
  const idle = (): void => {
    idleTimer = time.after(options.progressIntervalMs, idle);
    hub.progress();
  };

  const silence = (error: KvError): void => {
    stopped = true;
    timer?.cancel();
    idleTimer?.cancel();
    driver.stop();
    proposals.stop(error);
    reads.stop(error);
    calls.stop(error);
    membership.stop(error);
    for (const stream of [...streams]) stream.stop();
    if (leads) for (const listener of [...leadershipListeners]) listener(false);
    leads = false;
  };
  function fail(error: unknown): void {
    if (stopped) return;
    logger.log('error', 'this member has to stop', { error: messageOf(error) });
    silence(stoppedError());
    for (const listener of [...failureListeners]) listener(error);
  }

  const kv = createMemberKv({
    replica,
    proposals,
    reads,
    calls,
    random,
    options,
    header,
    raftStatus: () => raft.status(),
    watch(request) {
      if (stopped) throw stoppedError();
      if (request.progressNotify) idleTimer ??= time.after(options.progressIntervalMs, idle);
      const open = createWatchStream({ hub, timers: time, onEnd: () => streams.delete(open) }, request);
      streams.add(open);
      return open.stream;
    },
    checkServing(writes) {
      if (stopped) throw stoppedError();
      if (writes && log.isFull && leads)
        throw new KvError('no-space', "This member's disk is full, so it takes no writes. Free space on it.");
    },
  });
  const changeConfig = async (change: ConfigChange, address?: MemberAddress): Promise<void> => {
    if (stopped) throw stoppedError();
    await calls.call('change-config', { change, address } satisfies ChangeRequest);
  };
  const member: Member = {
    id: deps.id,
    kv,
    status: (): MemberStatus => {
      const { role, term, leader, config, last, committed, applied } = raft.status();
      return {
        id: deps.id,
        role,
        term,
        leaderId: BigInt(leader),
        config,
        members: [...replica.addresses.values()],
        lastIndex: last,
        committedIndex: committed,
        appliedIndex: applied,
        revision: replica.space.revision,
        compactRevision: replica.space.compactRevision,
        dataBytes: replica.space.sizeBytes,
        logBytes: log.sizeBytes,
        keyCount: replica.space.keyCount,
        watchers: hub.size,
        diskFull: log.isFull,
      };
    },
    isLeader: () => leads,
    onLeadership(listener) {
      leadershipListeners.add(listener);
      return () => void leadershipListeners.delete(listener);
    },
    async transferLeadership(to = 0n) {
      if (!raft.transferLeadership(Number(to)))
        throw new CodedError('no-successor', 'There is nobody to hand the lead to now. Look at the members first.');
      driver.wake();
    },
    addMember({ id: newId, url, name, voter = false }) {
      const change = { type: voter ? 'add-voter' : 'add-learner', id: Number(newId) } as const;
      return changeConfig({ changes: [change], transition: 'auto' }, { id: Number(newId), peerUrl: url, name });
    },
    promoteMember: (learner) =>
      changeConfig({ changes: [{ type: 'add-voter', id: Number(learner) }], transition: 'auto' }),
    removeMember: (gone) => changeConfig({ changes: [{ type: 'remove', id: Number(gone) }], transition: 'auto' }),
    hash: (revision) => replica.space.hash(revision),
    onFailure: (listener) => void failureListeners.add(listener),
    async stop() {
      if (!stopped) silence(stoppedError());
      await transport.close();
      await housekeeping.stop();
      await log.close();
      await level.close();
    },
  };

  transport.onMessage(createInbox(logger, handle));
  tellAddresses();
  timer = time.after(options.tickMs, tick);
  driver.wake();
  const replayed = async (): Promise<void> => {
    const { commit } = start.seed.hardState;
    while (replica.index < commit && !stopped) await new Promise<void>((resolve) => void time.after(0, resolve));
  };
  return { member, replayed };
}
