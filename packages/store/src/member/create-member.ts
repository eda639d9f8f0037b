import { invariant } from '@trireme/base';
import { type Kv, KvError } from '@trireme/ports';
import { writeSnapshot } from '../backup/write-snapshot.ts';
import { createAlarmCalls } from './alarm-calls.ts';
import { createManagement, infoOf } from './management.ts';
import type { Member, MemberStatus } from './member.ts';
import { createMemberKv } from './member-kv.ts';
import { defaultOptions, type MemberDeps, type MemberOptions } from './options.ts';
import { RunningMember } from './running-member.ts';
import { hashInSlices } from './sliced-reads.ts';
import { startUp } from './start-up.ts';
import { stoppedError } from './watch-stream.ts';

/**
 * Starts a member: reads its disk, applies what its log holds, and takes part. Resolves when the local state is there;
 * whether there is a leader shows in `status()`.
 */
export async function createMember(deps: MemberDeps): Promise<Member> {
  const options: MemberOptions = { ...defaultOptions, ...deps.options };
  invariant(deps.id > 0n && deps.id < 2n ** 53n, `a member id is positive and below 2^53, got ${deps.id}`);
  const running = new RunningMember(deps, options, await startUp(deps, options));
  await running.run();
  return createFace(deps, running);
}

function createFace(deps: MemberDeps, running: RunningMember): Member {
  return {
    id: deps.id,
    kv: createKv(deps, running),
    status: () => statusOf(running),
    isLeader: () => running.leads,
    onLeadership(listener) {
      running.leadershipListeners.add(listener);
      return () => void running.leadershipListeners.delete(listener);
    },
    ...createManagement(running, deps.random),
    ...createAlarmCalls(running),
    async hash(revision) {
      checkRunning(running);
      return hashInSlices({ timers: deps.time, replica: running.state.replica }, revision);
    },
    async openCopy() {
      checkServing(running);
      return running.upkeep.openCopy();
    },
    onDamage: (listener) => running.onDamage(listener),
    defragment: () => running.upkeep.defragment(),
    async snapshot(callOptions) {
      checkServing(running);
      const { time: clock, createSha256 } = deps;
      return writeSnapshot({ clock, createSha256 }, await running.upkeep.openCopy(), callOptions);
    },
    onFailure: (listener) => void running.failureListeners.add(listener),
    stop: () => running.stop(),
  };
}

function createKv(deps: MemberDeps, running: RunningMember): Kv {
  const { state, requests } = running;
  return createMemberKv({
    replica: state.replica,
    proposals: requests.proposals,
    reads: requests.reads,
    calls: requests.calls,
    quota: requests.quota,
    random: deps.random,
    timers: deps.time,
    diskBytes: () => running.upkeep.diskBytes,
    options: state.options,
    header: () => state.header(),
    raftStatus: () => state.raft.status(),
    watch(request) {
      checkRunning(running);
      return running.watches.open(request);
    },
    checkRunning: () => checkRunning(running),
    checkServing(writes) {
      checkServing(running);
      if (writes && state.log.isFull && running.leads)
        throw new KvError('no-space', "This member's disk is full, so it takes no writes. Free space on it.");
    },
  });
}

function checkRunning(running: RunningMember): void {
  if (running.stopped) throw stoppedError();
}

function checkServing(running: RunningMember): void {
  checkRunning(running);
  const { refusal } = running.integrity;
  if (refusal) throw refusal;
}

function statusOf({ state, integrity }: RunningMember): MemberStatus {
  const { raft, replica, log, hub } = state;
  const { role, term, leader, config, last, committed, applied } = raft.status();
  const { space } = replica;
  return {
    id: BigInt(state.id),
    role,
    term,
    leaderId: BigInt(leader),
    config,
    members: Array.from(replica.book.members.values(), (member) => infoOf(member, config)),
    lastIndex: last,
    committedIndex: committed,
    appliedIndex: applied,
    revision: space.revision,
    compactRevision: space.compactRevision,
    dataBytes: space.sizeBytes,
    logBytes: log.sizeBytes,
    keyCount: space.keyCount,
    watchers: hub.size,
    outOfService: integrity.refusal !== undefined,
    repairing: raft.status().repair !== undefined,
    diskFull: log.isFull,
  };
}
