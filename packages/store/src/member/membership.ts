import { createDeferred, type Deferred } from '@trireme/base';
import { type Clock, KvError, type Logger, StoreMemberError } from '@trireme/ports';
import { changeConfiguration, isJoint, type Raft } from '../raft/index.ts';
import { encodeAddresses, type MemberBook } from './member-book.ts';
import { checkHealth, type MemberWish, planChange } from './member-change.ts';

export interface MembershipDeps {
  readonly raft: Raft;
  readonly self: number;
  readonly book: () => MemberBook;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
  readonly electionTicks: number;
  readonly maxLearners: number;
  readonly timeoutMs: number;
  readonly wake: () => void;
  /** It said lately that its log is damaged: it does not vote now. */
  readonly isDamaged: (id: number) => boolean;
}

/** The leader's side of membership changes: makes one after the other, and answers when it is in force. */
export interface Membership {
  /** `body`: a list of `MemberWish`. */
  change(body: unknown): Promise<unknown>;
  /** Entries up to `index` were applied. */
  applied(index: number): void;
  tick(): void;
  stop(error: KvError): void;
}

interface Waiting {
  readonly index: number;
  readonly term: number;
  readonly done: Deferred<void>;
}

/** A learner may vote when it has nine tenths of the log, as in etcd, */
const readyShare = 0.9;
/** and is promoted by itself when it lacks no more than this. */
const readyLag = 1_000;

export function createMembership(deps: MembershipDeps): Membership {
  const { raft } = deps;
  const inForce: Waiting[] = [];
  let tail: Promise<unknown> = Promise.resolve();
  let idle: Deferred<void>[] = [];

  const isBusy = (): boolean => {
    const { pendingConfigIndex, applied, config } = raft.status();
    return pendingConfigIndex > applied || isJoint(config);
  };
  const isActive = (id: number): boolean => {
    const progress = raft.status().progress.get(id);
    if (id === deps.self) return true;
    return progress !== undefined && progress.silentTicks < deps.electionTicks && !deps.isDamaged(id);
  };
  const isReady = (id: number): boolean => {
    const { progress, committed } = raft.status();
    const match = progress.get(id)?.match ?? 0;
    return match > 0 && match >= committed * readyShare;
  };

  const propose = (wishes: readonly MemberWish[]): Waiting | undefined => {
    const { config, last, term, role } = raft.status();
    if (role !== 'leader') throw notLeading();
    const planned = planChange(wishes, deps.book(), config, deps.maxLearners);
    if (!planned) return undefined;
    const { change, addresses } = planned;
    const next = changeConfiguration(config, change);
    if ('refusal' in next)
      throw new StoreMemberError('unhealthy', `The membership cannot be changed so: ${next.refusal}.`);
    for (const { type, id } of change.changes)
      if (type === 'add-voter' && config.learners.includes(id) && !isReady(id))
        throw new StoreMemberError('learner-not-ready', `Member ${id} has not caught up yet. Promote it when it has.`);
    checkHealth(config, next.config, isActive);
    const outcome = raft.propose([{ kind: 'config', change, data: encodeAddresses(addresses) }]);
    if (outcome === 'config-refused') throw busy();
    if (outcome !== 'accepted') throw notLeading();
    const waiting = { index: last + 1, term, done: createDeferred<void>() };
    inForce.push(waiting);
    deps.wake();
    return waiting;
  };

  /** One after the other, each when the last one is in force: two at once could take effect without a common majority. */
  const change = async (wishes: readonly MemberWish[]): Promise<number> => {
    const dueMs = deps.clock.monotonic() + deps.timeoutMs;
    while (isBusy()) {
      if (deps.clock.monotonic() >= dueMs) throw busy();
      const turn = createDeferred<void>();
      idle.push(turn);
      await turn.promise;
    }
    const waiting = propose(wishes);
    await waiting?.done.promise;
    return waiting?.index ?? 0;
  };

  const wakeIdle = (): void => {
    for (const turn of idle.splice(0)) turn.resolve();
  };

  const promoteReady = (): void => {
    const { role, config, progress, committed } = raft.status();
    if (role !== 'leader' || config.learners.length === 0 || isBusy()) return;
    for (const id of config.learners) {
      if (!deps.book().members.get(id)?.promoteWhenReady || !isActive(id) || !isReady(id)) continue;
      if (committed - (progress.get(id)?.match ?? 0) > readyLag) continue;
      try {
        // Nobody waits for it: if it does not come into force, it is tried again.
        propose([{ type: 'promote', id }])?.done.promise.catch(() => undefined);
        deps.logger.log('info', 'a learner has caught up and is made a voter', { learner: id });
      } catch (error) {
        deps.logger.log('debug', 'a learner could not be made a voter yet', { learner: id, error: String(error) });
      }
      return;
    }
  };

  return {
    change(body) {
      const done = tail.then(() => change(body as readonly MemberWish[]));
      tail = done.catch(() => undefined);
      return done;
    },
    applied(index) {
      wakeIdle();
      const { term, config } = raft.status();
      // A joint configuration is half of a change.
      while (inForce[0] && inForce[0].index <= index && (!isJoint(config) || inForce[0].term !== term)) {
        const waiting = inForce.shift() as Waiting;
        if (term === waiting.term) waiting.done.resolve();
        else
          waiting.done.reject(
            new KvError('unavailable', 'Leadership changed meanwhile. Look whether the change was made.'),
          );
      }
    },
    tick() {
      wakeIdle();
      promoteReady();
    },
    stop(error) {
      for (const { done } of inForce.splice(0)) done.reject(error);
      for (const turn of idle.splice(0)) turn.reject(error);
      idle = [];
    },
  };
}

function busy(): StoreMemberError {
  return new StoreMemberError('change-in-progress', 'Another change of the membership is under way. Try again.');
}

function notLeading(): KvError {
  return new KvError('unavailable', 'This member does not lead, or is handing over. Try again.');
}
