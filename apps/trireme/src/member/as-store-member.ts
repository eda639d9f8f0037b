import type { EtcdMember } from '@trireme/etcd-api';
import type { Member } from '@trireme/store';

/** The store's member as the port `StoreMember` wants it. */
export function asStoreMember(member: Member): EtcdMember {
  return { ...member, alarms: async () => [] };
}
