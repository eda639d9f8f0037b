import type { CallOptions, KeySpaceHash, Revision, StoreMember, StoreMemberInfo } from '@trireme/ports';
import { createGrpcChannel, type EtcdClientTls } from './grpc-channel.ts';
import { fromBigInt, type Int64, type MemberMessage, toBigInt, toNumber } from './mapping/index.ts';

export interface EtcdAdminOptions {
  /** One member: leadership is handed over by the one that has it, and a hash is of what this one holds. */
  readonly endpoint: string;
  readonly tls?: EtcdClientTls | undefined;
}

/** Looks after any etcd v3 cluster, through one of its members. Throws `KvError`. */
export interface EtcdAdmin {
  members(options?: CallOptions): ReturnType<StoreMember['members']>;
  /** Adds a voter that has not started yet. */
  addMember(peerUrls: readonly string[], options?: CallOptions): Promise<StoreMemberInfo>;
  removeMember(id: bigint, options?: CallOptions): Promise<void>;
  /** Asked of the leader. */
  transferLeadership(to: bigint, options?: CallOptions): Promise<void>;
  /** By default at the newest revision. */
  hash(revision?: Revision, options?: CallOptions): Promise<KeySpaceHash>;
  close(): void;
}

interface HashMessage {
  readonly header?: { readonly revision?: Int64 } | null;
  readonly hash?: number;
  readonly compactRevision?: Int64;
  readonly hashRevision?: Int64;
}

interface MembersMessage {
  readonly member?: MemberMessage | null;
  readonly members?: readonly MemberMessage[] | null;
}

export function createEtcdAdmin({ endpoint, tls }: EtcdAdminOptions): EtcdAdmin {
  const channel = createGrpcChannel([endpoint], tls);
  const call = async <Answer>(method: string, request: object, options: CallOptions | undefined): Promise<Answer> =>
    (await channel.unary(`/etcdserverpb.${method}`, request, options?.signal)) as Answer;
  return {
    async members(options) {
      const { members } = await call<MembersMessage>('Cluster/MemberList', { linearizable: true }, options);
      return (members ?? []).map(memberFromMessage);
    },
    async addMember(peerUrls, options) {
      const { member } = await call<MembersMessage>('Cluster/MemberAdd', { peerURLs: peerUrls }, options);
      return memberFromMessage(member ?? {});
    },
    async removeMember(id, options) {
      await call('Cluster/MemberRemove', { ID: fromBigInt(id) }, options);
    },
    async transferLeadership(to, options) {
      await call('Maintenance/MoveLeader', { targetID: fromBigInt(to) }, options);
    },
    async hash(revision = 0, options) {
      const answer = await call<HashMessage>('Maintenance/HashKV', { revision }, options);
      return {
        hash: answer.hash ?? 0,
        // Servers before 3.5.10 do not say it: theirs is the one that was asked for.
        revision: toNumber(answer.hashRevision) || revision || toNumber(answer.header?.revision),
        compactRevision: toNumber(answer.compactRevision),
      };
    },
    close: () => channel.close(),
  };
}

function memberFromMessage({ ID, name, peerURLs, clientURLs, isLearner }: Partial<MemberMessage>): StoreMemberInfo {
  return {
    id: toBigInt(ID),
    name: name ?? '',
    peerUrls: peerURLs ?? [],
    clientUrls: clientURLs ?? [],
    isLearner: isLearner ?? false,
  };
}
