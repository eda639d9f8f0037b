import { createHash } from 'node:crypto';
import type { EtcdMember } from '@trireme/etcd-api';
import { StoreMemberError } from '@trireme/ports';
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
  const known = (id: bigint) => {
    const found = members().find((each) => each.id === id);
    if (!found) throw new StoreMemberError('member-not-found', `There is no member ${id}. List the members.`);
    return found;
  };
  return {
    id: member.id,
    isLeader: () => member.isLeader(),
    members: async () => members(),
    async addMember({ peerUrls, isLearner = false, name }) {
      const [url = ''] = peerUrls;
      if (members().some((each) => each.peerUrls.some((one) => peerUrls.includes(one))))
        throw new StoreMemberError('peer-url-exists', `A member is already reached at ${peerUrls.join()}.`);
      const bits = createHash('sha1').update(`${peerUrls.join()} ${Date.now()}`).digest().readBigUInt64BE();
      const id = bits & (2n ** 53n - 1n) || 1n;
      await member.addMember({ id, url, voter: !isLearner, ...(name === undefined ? {} : { name }) });
      return { id, name: name ?? '', peerUrls, clientUrls: [], isLearner };
    },
    async promoteMember(id) {
      if (!known(id).isLearner) throw new StoreMemberError('not-learner', `Member ${id} votes already.`);
      await member.promoteMember(id);
    },
    async removeMember(id) {
      await member.removeMember(known(id).id);
    },
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
