import type { EtcdMember } from '@trireme/etcd-api';
import type { Member } from '@trireme/store';

/** The store's member as the port `StoreMember` wants it. */
export function asStoreMember(member: Member): EtcdMember {
  return {
    ...member,
    async hash(revision) {
      const status = member.status();
      const hash = await member.hash(revision);
      return { hash, revision: revision ?? status.revision, compactRevision: status.compactRevision };
    },
    alarms: async () => [],
  };
}
