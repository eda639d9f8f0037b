import type { Header, Kv, StoreMember, Timers } from '@trireme/ports';
import type { RpcCaller } from './rpc.ts';

/** The member behind the API. What it lacks is answered as unimplemented. */
export type EtcdMember = Pick<StoreMember, 'id' | 'isLeader'> & Partial<StoreMember>;

/** How this member stands in its cluster, at this moment and as far as it knows. */
export interface Standing {
  /** 0n while no leader is known. */
  readonly leaderId: bigint;
  readonly isLearner: boolean;
}

export interface ServiceDeps {
  readonly kv: Kv;
  readonly member?: EtcdMember | undefined;
  /** Asked at every call. Without it this member is taken for a voter that knows its leader. */
  readonly standing?: (() => Standing) | undefined;
  /** With it streams end for lack of a leader, for clients that ask for that. */
  readonly timers?: Timers | undefined;
  /** An election timeout: a stream ends when there was no leader for three of them. */
  readonly electionTimeoutMs?: number | undefined;
  /** Whether a caller may do anything; by default everybody may whom the transport lets in. */
  readonly authorize?: ((caller: RpcCaller | undefined) => boolean) | undefined;
  /** The memory that this process has, for those who ask for its numbers. */
  readonly residentBytes?: (() => number) | undefined;
  /** What the store may hold, for `Status`. */
  readonly quotaBytes?: number | undefined;
  /** The etcd whose API is spoken. Kubernetes asks for progress of watches from 3.5.13 on. */
  readonly version: string;
  /** Watch responses above this are split for clients that ask for fragments. */
  readonly maxResponseBytes: number;
}

/** The header of answers that the port gives without one. */
export async function headerOf(kv: Kv): Promise<Header> {
  const { header } = await kv.status();
  return header;
}
