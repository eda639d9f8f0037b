import { fromBigInt, headerToMessage, type MemberMessage } from '../mapping/index.ts';
import type { EtcdMemberAddress } from './member-port.ts';
import { type RpcMethod, unary } from './rpc.ts';
import { headerOf, type ServiceDeps } from './service-deps.ts';

export function clusterMethods({ kv, member }: ServiceDeps): readonly RpcMethod[] {
  return [
    unary('/etcdserverpb.Cluster/MemberList', async (_message, signal) => {
      const { header, isLearner } = await kv.status({ signal });
      // A store without a member's view of its cluster is alone.
      const alone = { id: header.memberId, name: 'default', peerUrls: [], clientUrls: [], isLearner };
      return { header: headerToMessage(await headerOf(kv)), members: (member?.members() ?? [alone]).map(toMessage) };
    }),
  ];
}

function toMessage({ id, name, peerUrls, clientUrls, isLearner }: EtcdMemberAddress): MemberMessage {
  return { ID: fromBigInt(id), name, peerURLs: peerUrls, clientURLs: clientUrls, isLearner };
}
