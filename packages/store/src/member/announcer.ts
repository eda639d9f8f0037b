import { messageOf } from '@trireme/base';
import type { LeaderCalls } from './leader-calls.ts';
import type { MemberWish } from './member-change.ts';
import type { State } from './state.ts';

/** Sees to it that all members know this one's name and where it serves clients, as etcd's members do after a start. */
export interface Announcer {
  tick(): void;
}

const retryMs = 500;

export function createAnnouncer({ id, options, replica, raft, time, logger }: State, calls: LeaderCalls): Announcer {
  let busy = false;
  let nextMs = 0;

  const news = (): MemberWish | undefined => {
    const known = replica.book.members.get(id);
    if (!known) return undefined;
    const { name = known.name, clientUrls = known.clientUrls } = options;
    const same = name === known.name && clientUrls.join() === known.clientUrls.join();
    return same ? undefined : { type: 'update', id, name, clientUrls };
  };

  return {
    tick() {
      if (busy || time.monotonic() < nextMs || raft.status().leader === 0) return;
      const wish = news();
      if (!wish) return;
      busy = true;
      const done = (): void => {
        busy = false;
        nextMs = time.monotonic() + retryMs;
      };
      calls.call('change-members', [wish]).then(done, (error: unknown) => {
        done();
        logger.log('debug', 'not told yet where this member serves; it is tried again', { error: messageOf(error) });
      });
    },
  };
}
