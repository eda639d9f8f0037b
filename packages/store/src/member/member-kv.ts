import {
  type CancelSignal,
  type Header,
  type Kv,
  KvError,
  type LeaseId,
  type LeaseStatus,
  type Random,
  type Timers,
  type TxnRequest,
  type WatchRequest,
  type WatchStream,
} from '@trireme/ports';
import { type CommandOutcome, checkRange, checkTxn } from '../mvcc/index.ts';
import type { RaftStatus } from '../raft/index.ts';
import type { LogCommand } from './alarms.ts';
import type { LeaderCalls } from './leader-calls.ts';
import type { MemberOptions } from './options.ts';
import type { Proposals } from './proposals.ts';
import type { Quota } from './quota.ts';
import type { Reads } from './reads.ts';
import type { Replica } from './replica.ts';
import { readInSlices } from './sliced-reads.ts';
import { isReadOnly, txnBytes } from './txn-shape.ts';

const maxTtlSeconds = 9_000_000_000;

export interface MemberKvDeps {
  readonly replica: Replica;
  readonly proposals: Proposals;
  readonly reads: Reads;
  readonly calls: LeaderCalls;
  readonly quota: Quota;
  readonly random: Random;
  readonly timers: Timers;
  /** What the state takes on the disk, where that is known. */
  readonly diskBytes: () => number | undefined;
  readonly options: MemberOptions;
  readonly header: () => Header;
  readonly raftStatus: () => RaftStatus;
  readonly watch: (request: WatchRequest) => WatchStream;
  readonly checkRunning: () => void;
  /** Throws where this member cannot serve: it was stopped, its key space is damaged, or its disk is full. */
  readonly checkServing: (writes: boolean) => void;
}

/** The port `Kv` through one member. */
export function createMemberKv(deps: MemberKvDeps): Kv {
  const { replica, proposals, reads, calls, options } = deps;
  // One and a half election timeouts, in whole seconds: a shorter lease could not outlive an election.
  const minTtlSeconds = Math.ceil((options.electionTimeoutMs * 1.5) / 1000);

  const submit = async (
    command: LogCommand,
    bytes: number,
    signal: CancelSignal | undefined,
  ): Promise<CommandOutcome> => {
    deps.checkServing(true);
    const refusal = deps.quota.check(command, bytes, signal);
    if (refusal) await refusal;
    return proposals.submit(command, bytes, signal);
  };
  const leaseStatus = async (
    method: string,
    id: LeaseId,
    keys: boolean,
    signal: CancelSignal | undefined,
  ): Promise<LeaseStatus> => {
    deps.checkServing(false);
    const answer = (await calls.call(method, { id, keys }, signal)) as LeaseStatus;
    return { ...answer, id };
  };

  return {
    async range(request, callOptions) {
      checkRange(request);
      deps.checkServing(false);
      if (!request.serializable) {
        await reads.barrier(callOptions?.signal);
        deps.checkServing(false);
      }
      return readInSlices({ timers: deps.timers, replica, header: deps.header }, request, callOptions?.signal);
    },
    async txn(request, callOptions) {
      checkTxn(request, options.maxTxnOps);
      const bytes = txnBytes(request);
      if (bytes > options.maxRequestBytes)
        throw new KvError(
          'request-too-large',
          `The request is of ${bytes} bytes and may be of ${options.maxRequestBytes}. Make it smaller.`,
        );
      if (isReadOnly(request)) return readTxn(request, callOptions?.signal);
      const { response } = await submit({ type: 'txn', request }, bytes, callOptions?.signal);
      if (!response) throw new KvError('unavailable', 'The write was made, but its answer was lost. Read to see it.');
      return response;
    },
    watch: deps.watch,
    async leaseGrant({ ttlSeconds, id }, callOptions) {
      if (ttlSeconds > maxTtlSeconds)
        throw new KvError('lease-ttl-too-large', `A lease of ${ttlSeconds} s is too long: at most ${maxTtlSeconds}.`);
      const leaseId = id || randomLeaseId(deps.random);
      const granted = Math.max(minTtlSeconds, ttlSeconds);
      await submit({ type: 'lease-grant', id: leaseId, ttlSeconds: granted }, 32, callOptions?.signal);
      return { id: leaseId, grantedTtlSeconds: granted, ttlSeconds: granted };
    },
    async leaseRevoke(id, callOptions) {
      await submit({ type: 'lease-revoke', id }, 32, callOptions?.signal);
    },
    async leaseKeepAlive(id, callOptions) {
      return leaseStatus('lease-renew', id, false, callOptions?.signal);
    },
    async leaseTimeToLive(id, callOptions) {
      return leaseStatus('lease-remaining', id, callOptions?.keys ?? false, callOptions?.signal);
    },
    async leases(callOptions) {
      deps.checkServing(false);
      await reads.barrier(callOptions?.signal);
      return Array.from(replica.space.leases.all(), ({ id }) => id);
    },
    async compact(revision, callOptions) {
      await submit({ type: 'compact', revision }, 32, callOptions?.signal);
    },
    async status() {
      deps.checkRunning();
      const { leader, last, applied, config, id } = deps.raftStatus();
      return {
        header: deps.header(),
        leaderId: BigInt(leader),
        raftIndex: last,
        raftAppliedIndex: applied,
        dbSizeBytes: Math.max(deps.diskBytes() ?? 0, replica.space.sizeBytes),
        dbSizeInUseBytes: replica.space.sizeBytes,
        compactRevision: replica.space.compactRevision,
        isLearner: config.learners.includes(id),
      };
    },
  };

  /** A transaction that cannot write needs no place in the log. */
  async function readTxn(request: TxnRequest, signal: CancelSignal | undefined) {
    deps.checkServing(false);
    await reads.barrier(signal);
    deps.checkServing(false);
    const { response, error, change } = replica.space.apply({ type: 'txn', request }, deps.header());
    if (error) throw error;
    if (change !== undefined || !response) throw new Error('a transaction that only reads has changed the key space');
    return response;
  }
}

function randomLeaseId(random: Random): LeaseId {
  const bytes = random.bytes(8);
  const id = new DataView(bytes.buffer).getBigUint64(0) & 0x7fff_ffff_ffff_ffffn;
  return id === 0n ? 1n : id;
}
