import type { StoreMemberInfo } from '@trireme/ports';
import {
  type HeaderMessage,
  headerToMessage,
  type MemberAddRequestMessage,
  type MemberIdMessage,
  type MemberListRequestMessage,
  type MemberUpdateRequestMessage,
  memberToMessage,
  peerUrlsFromMessage,
  toBigInt,
} from '../mapping/index.ts';
import { type RpcMethod, unary } from './rpc.ts';
import { type EtcdMember, headerOf, type ServiceDeps } from './service-deps.ts';
import { unimplemented } from './unimplemented.ts';

export function clusterMethods(deps: ServiceDeps): readonly RpcMethod[] {
  const member: Partial<EtcdMember> = deps.member ?? {};
  const changed = async (members: readonly StoreMemberInfo[]) => ({
    header: await clusterHeader(deps),
    members: members.map(memberToMessage),
  });
  /** Who takes part after a change: what this member has applied holds it. */
  const afterwards = async () => changed((await member.members?.({ serializable: true })) ?? []);

  return [
    unary('/etcdserverpb.Cluster/MemberList', async ({ linearizable }: MemberListRequestMessage, signal) => {
      const members = await member.members?.({ signal, serializable: !linearizable });
      return changed(members ?? [await alone(deps)]);
    }),
    unary('/etcdserverpb.Cluster/MemberAdd', async (message: MemberAddRequestMessage, signal) => {
      const request = { peerUrls: peerUrlsFromMessage(message.peerURLs), isLearner: message.isLearner ?? false };
      const added = await (member.addMember?.(request, { signal }) ?? unimplemented('cannot add members here'));
      return { ...(await afterwards()), member: memberToMessage(added) };
    }),
    unary('/etcdserverpb.Cluster/MemberRemove', async ({ ID }: MemberIdMessage, signal) => {
      await (member.removeMember?.(toBigInt(ID), { signal }) ?? unimplemented('cannot remove members here'));
      return afterwards();
    }),
    unary('/etcdserverpb.Cluster/MemberUpdate', async ({ ID, peerURLs }: MemberUpdateRequestMessage, signal) => {
      const change = { peerUrls: peerUrlsFromMessage(peerURLs) };
      await (member.updateMember?.(toBigInt(ID), change, { signal }) ?? unimplemented('cannot change members here'));
      return afterwards();
    }),
    unary('/etcdserverpb.Cluster/MemberPromote', async ({ ID }: MemberIdMessage, signal) => {
      await (member.promoteMember?.(toBigInt(ID), { signal }) ?? unimplemented('cannot promote members here'));
      return afterwards();
    }),
  ];
}

/** As in etcd without a revision: membership has none. */
async function clusterHeader({ kv }: ServiceDeps): Promise<HeaderMessage> {
  const { revision: _, ...header } = headerToMessage(await headerOf(kv));
  return header;
}

/** A store without a member's view of its cluster is alone. */
async function alone({ kv }: ServiceDeps): Promise<StoreMemberInfo> {
  const { header, isLearner } = await kv.status();
  return { id: header.memberId, name: 'default', peerUrls: [], clientUrls: [], isLearner };
}
