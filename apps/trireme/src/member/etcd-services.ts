import type { EtcdServerOptions } from '@trireme/etcd-api';
import type { Timers } from '@trireme/ports';
import type { Member } from '@trireme/store';

/** What the etcd v3 API asks of a member. */
export function etcdServices(
  member: Member,
  timers: Timers,
): Pick<EtcdServerOptions, 'kv' | 'member' | 'standing' | 'timers' | 'residentBytes'> {
  return {
    kv: member.kv,
    member,
    timers,
    standing: () => {
      const { leaderId, config, id } = member.status();
      return { leaderId, isLearner: config.learners.includes(Number(id)) };
    },
    residentBytes: () => process.memoryUsage.rss(),
  };
}
