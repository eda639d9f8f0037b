import { createHash } from 'node:crypto';
import type { EtcdMember } from '@trireme/etcd-api';
import type { Member } from '@trireme/store';

/** The store's member as the port `StoreMember` wants it. */
export function asStoreMember(member: Member): EtcdMember {
  const members = () =>
    member.status().members.map(({ id, name = '', peerUrl, clientUrl }) => ({
      id: BigInt(id),
      name,
      peerUrls: [peerUrl],
      clientUrls: clientUrl === undefined ? [] : [clientUrl],
      isLearner: member.status().config.learners.includes(id),
    }));
  return {
    id: member.id,
    isLeader: () => member.isLeader(),
    members: async () => members(),
    async addMember({ peerUrls, isLearner = false, name }) {
      const [url = ''] = peerUrls;
      const bits = createHash('sha1').update(`${peerUrls.join()} ${Date.now()}`).digest().readBigUInt64BE();
      const id = bits & (2n ** 53n - 1n) || 1n;
      await member.addMember({ id, url, voter: !isLearner, ...(name === undefined ? {} : { name }) });
      return { id, name: name ?? '', peerUrls, clientUrls: [], isLearner };
    },
    promoteMember: (id) => member.promoteMember(id),
    removeMember: (id) => member.removeMember(id),
    transferLeadership: (to) => member.transferLeadership(to),
    async hash(revision) {
      const status = member.status();
      const hash = await member.hash(revision);
      return { hash, revision: revision ?? status.revision, compactRevision: status.compactRevision };
    },
    alarms: async () => [],
    snapshot: (options) => member.snapshot(options),
  };
}
