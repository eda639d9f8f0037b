import { createDeferred, type Deferred } from '@trireme/base';
import { KvError } from '@trireme/ports';
import type { ConfigChange, Raft } from '../raft/index.ts';
import type { MemberAddress } from './replica.ts';
import { encodeAddress } from './start-up.ts';

export interface ChangeRequest {
  readonly change: ConfigChange;
  readonly address?: MemberAddress | undefined;
}

/** The leader's side of membership changes: proposes one, and answers when it is in force. */
export interface Membership {
  change(body: unknown): Promise<unknown>;
  /** Entries up to `index` were applied. */
  applied(index: number): void;
  stop(error: KvError): void;
}

export function createMembership(raft: Raft, wake: () => void): Membership {
  const waiting: { readonly index: number; readonly term: number; readonly done: Deferred<void> }[] = [];

  const checkReady = ({ change, address }: ChangeRequest): void => {
    const { progress, committed, config } = raft.status();
    for (const { type, id } of change.changes) {
      if (type !== 'add-voter') continue;
      // Asked for late, when the member was removed meanwhile: nobody knows any more where it is.
      if (!address && !config.learners.includes(id))
        throw new KvError('unavailable', `Member ${id} is no learner now. Look at the members first.`);
      if (!config.learners.includes(id)) continue;
      // A voter that lags would hold up every commit until it has caught up.
      if ((progress.get(id)?.match ?? 0) < committed * 0.9)
        throw new KvError('unavailable', `Member ${id} has not caught up yet. Promote it when it has.`);
    }
  };

  return {
    async change(body) {
      const request = body as ChangeRequest;
      const { change, address } = request;
      checkReady(request);
      const data = address ? encodeAddress(address) : new Uint8Array(0);
      const outcome = raft.propose([{ kind: 'config', change, data }]);
      if (outcome === 'config-refused')
        throw new KvError(
          'unavailable',
          'The membership cannot be changed so now. Wait for the last change to finish.',
        );
      if (outcome !== 'accepted')
        throw new KvError('unavailable', 'There is no leader to change the membership. Try again.');
      const { last, term } = raft.status();
      const done = createDeferred<void>();
      waiting.push({ index: last, term, done });
      wake();
      await done.promise;
      return true;
    },
    applied(index) {
      while (waiting[0] && waiting[0].index <= index) {
        const { term, done } = waiting.shift() as (typeof waiting)[number];
        if (raft.status().term === term) done.resolve();
        else done.reject(new KvError('unavailable', 'Leadership changed meanwhile. Look whether the change was made.'));
      }
    },
    stop(error) {
      for (const { done } of waiting.splice(0)) done.reject(error);
    },
  };
}
