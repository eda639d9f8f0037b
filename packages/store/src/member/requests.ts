import type { KvError, KvErrorCode } from '@trireme/ports';
import { createLeaderCalls, type LeaderCalls } from './leader-calls.ts';
import { createLeaseKeeper, type LeaseKeeper } from './lease-keeper.ts';
import { createMembership, type Membership } from './membership.ts';
import { ticksOf } from './options.ts';
import type { PeerMessage } from './peer-codec.ts';
import { createProposals, type Proposals, type SendOutcome } from './proposals.ts';
import { createQuota, type Quota } from './quota.ts';
import { createReads, type Reads } from './reads.ts';
import { decodeRequests, encodeRequests, type Request } from './request-codec.ts';
import type { State } from './state.ts';

/** How requests get out of this member. */
export interface Ways {
  readonly send: (to: number, message: PeerMessage) => void;
  /** Something waits; look at it in this turn. */
  readonly wake: () => void;
  /** Writes of the log under way. */
  readonly writing: () => number;
  /** A member that does not vote, as its log is damaged. */
  readonly isDamaged: (id: number) => boolean;
  /** Compares the members, for one that asks. */
  readonly judge: (body: unknown) => Promise<unknown>;
}

/** Everything that waits for an answer from the cluster, and the leader's side of it. */
export interface Requests {
  readonly proposals: Proposals;
  readonly reads: Reads;
  readonly calls: LeaderCalls;
  readonly leases: LeaseKeeper;
  readonly quota: Quota;
  readonly membership: Membership;
  /** Requests that another member took this one, as the leader, for. */
  takeForwarded(from: number, data: Uint8Array): void;
  flush(): void;
  tick(): void;
  /** Another leader, or another term: what is out may never be answered. */
  leaderChanged(): void;
  stop(error: KvError): void;
}

/** With so many writes or batches under way, more requests gather, and then go together. */
const maxUnderWay = 2;

export function createRequests(state: State, ways: Ways): Requests {
  const { id, incarnation, time, logger, raft, replica, options, whyLate } = state;
  const resendMs = 10 * options.heartbeatMs;
  const waits = { clock: time, incarnation, timeoutMs: options.requestTimeoutMs, wake: ways.wake, whyLate };
  const proposals = createProposals({
    ...waits,
    origin: id,
    resendMs,
    send: (requests) => sendRequests(state, ways, requests, proposals.batchesOut),
  });
  const reads = createReads({
    ...waits,
    retryMs: 5 * options.heartbeatMs,
    ask: (context) => raft.readIndex(context),
    appliedIndex: () => replica.index,
  });
  const revoke = (lease: bigint): Promise<unknown> => {
    const { term } = raft.status();
    return proposals.submit({ type: 'lease-revoke', id: lease, expiredInTerm: term }, 32);
  };
  const leases = createLeaseKeeper({ time, logger, replica, revoke, barrier: () => reads.barrier() });
  const noSpace = { memberId: BigInt(id), type: 'no-space', isRepairable: false } as const;
  const quota = createQuota({
    ...{ replica, quotaBytes: options.quotaBytes, barrier: (signal) => reads.barrier(signal) },
    raise: () => proposals.submit({ type: 'alarm', action: 'raise', alarm: noSpace }, 32),
  });
  const membership = createMembership({
    ...{ raft, self: id, book: () => replica.book, clock: time, logger, wake: ways.wake },
    isDamaged: ways.isDamaged,
    electionTicks: ticksOf(options).electionTicks,
    maxLearners: options.maxLearners,
    timeoutMs: options.requestTimeoutMs,
  });
  const handlers = {
    'lease-renew': leases.renew,
    'lease-remaining': leases.remaining,
    'change-members': membership.change,
    'judge-state': ways.judge,
  };
  const leader = (): number => raft.status().leader;
  const calls = createLeaderCalls({ ...waits, self: id, resendMs, leader, send: ways.send, handlers });
  const waiting = [proposals, reads, calls, membership] as const;
  return {
    proposals,
    reads,
    calls,
    leases,
    quota,
    membership,
    takeForwarded: (from, data) => takeForwarded(state, ways, from, data),
    flush() {
      proposals.flush();
      reads.flush();
    },
    tick() {
      proposals.tick();
      reads.tick();
      calls.tick();
      leases.tick();
      membership.tick();
    },
    leaderChanged() {
      if (leader() === 0) return;
      proposals.resendAll();
      reads.askAgain();
      calls.flush();
    },
    stop(error) {
      for (const each of waiting) each.stop(error);
    },
  };
}

function sendRequests({ raft }: State, ways: Ways, requests: readonly Request[], batchesOut: number): SendOutcome {
  const { role, leader } = raft.status();
  if (role !== 'leader') {
    if (leader === 0 || batchesOut >= maxUnderWay) return 'later';
    ways.send(leader, { type: 'forward', data: encodeRequests(requests) });
    return 'forwarded';
  }
  if (ways.writing() >= maxUnderWay) return 'later';
  const outcome = raft.propose([{ kind: 'normal', data: encodeRequests(requests) }]);
  if (outcome === 'busy') return { refused: 'too-many-requests' };
  return outcome === 'accepted' ? 'in-own-log' : 'later';
}

function takeForwarded({ raft, log }: State, ways: Ways, from: number, data: Uint8Array): void {
  // Whoever forwarded this took this member for the leader. If it is not, silence: the asker sends it again.
  if (raft.status().role !== 'leader') return;
  const refuse = (code: KvErrorCode): void => {
    const sequences = decodeRequests(data).map(({ sequence }) => sequence);
    ways.send(from, { type: 'refuse', sequences, code });
  };
  if (log.isFull) refuse('no-space');
  else if (raft.propose([{ kind: 'normal', data }]) === 'busy') refuse('too-many-requests');
}
