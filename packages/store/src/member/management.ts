import { createDeferred, invariant } from '@trireme/base';
import {
  type AddMemberRequest,
  type CallOptions,
  KvError,
  type Random,
  type StoreMember,
  StoreMemberError,
  type StoreMemberInfo,
} from '@trireme/ports';
import { type Configuration, isVoter } from '../raft/index.ts';
import { drawMemberId } from './draw-member-id.ts';
import type { MemberAddress } from './member-book.ts';
import { type MemberWish, notFound } from './member-change.ts';
import type { RunningMember } from './running-member.ts';
import { stoppedError } from './watch-stream.ts';

/** The part of the port that looks after who is a member. */
export type Management = Pick<
  StoreMember,
  'members' | 'addMember' | 'promoteMember' | 'removeMember' | 'changeMembers' | 'updateMember' | 'transferLeadership'
>;

export function createManagement(running: RunningMember, random: Random): Management {
  const { state, requests } = running;
  const book = () => state.replica.book;
  const config = () => state.raft.status().config;
  const checkServing = (): void => {
    if (running.stopped) throw stoppedError();
  };
  const known = (id: bigint): MemberAddress => {
    const found = book().members.get(Number(id));
    if (!found) throw notFound(id);
    return found;
  };
  const toAdd = ({ id, peerUrls, name = '', clientUrls = [], ...rest }: AddMemberRequest): MemberWish => {
    invariant(peerUrls.length > 0, 'a member is reached somewhere: give its peer URLs');
    const { isLearner = false, promoteWhenReady = false } = rest;
    const chosen = id === undefined ? freeId(random, book()) : checkId(id);
    const address: MemberAddress = {
      ...{ id: chosen, name, peerUrls, clientUrls },
      ...(isLearner && promoteWhenReady ? { promoteWhenReady } : {}),
    };
    return { type: 'add', address, isLearner };
  };
  const change = async (wishes: readonly MemberWish[], { signal }: CallOptions): Promise<void> => {
    const index = (await requests.calls.call('change-members', wishes, signal)) as number;
    // So that this member's own view has the change too; one that has just been removed will never have it. A linearizable
    // read would ask the new members, who may not have started yet.
    if (!wishes.some((wish) => wish.type === 'remove' && wish.id === state.id))
      await requests.reads.reached(index, signal);
  };
  /** Everything is looked at as of now, so that a repeated call is told apart from one that was never made. */
  const changeAll = async (plan: () => readonly MemberWish[], options: CallOptions): Promise<readonly MemberWish[]> => {
    checkServing();
    await requests.reads.barrier(options.signal);
    const wishes = plan();
    await change(wishes, options);
    return wishes;
  };
  const toPromote = (id: bigint): MemberWish => {
    known(id);
    if (isVoter(config(), Number(id)))
      throw new StoreMemberError('not-learner', `Member ${id} votes already. Only learners are promoted.`);
    return { type: 'promote', id: Number(id) };
  };
  const toRemove = (id: bigint): MemberWish => ({ type: 'remove', id: known(id).id });

  return {
    async members({ serializable = false, signal } = {}) {
      checkServing();
      if (!serializable) await requests.reads.barrier(signal);
      return Array.from(book().members.values(), (each) => infoOf(each, config())).sort((a, b) =>
        a.id < b.id ? -1 : 1,
      );
    },
    async addMember(request, options = {}) {
      const [wish] = await changeAll(() => [toAdd(request)], options);
      invariant(wish?.type === 'add', 'what was wished for is what was asked for');
      return infoOf(book().members.get(wish.address.id) ?? wish.address, config());
    },
    async promoteMember(id, options = {}) {
      await changeAll(() => [toPromote(id)], options);
    },
    async removeMember(id, options = {}) {
      await changeAll(() => [toRemove(id)], options);
    },
    async changeMembers(changes, options = {}) {
      const wishOf = (each: (typeof changes)[number]): MemberWish => {
        if (each.type === 'add') return toAdd(each);
        return each.type === 'promote' ? toPromote(each.id) : toRemove(each.id);
      };
      await changeAll(() => changes.map(wishOf), options);
    },
    async updateMember(id, { name, peerUrls, clientUrls }, options = {}) {
      await changeAll(() => [{ type: 'update', id: known(id).id, name, peerUrls, clientUrls }], options);
    },
    async transferLeadership(to = 0n, options = {}) {
      checkServing();
      await handOver(running, Number(to), options);
    },
  };
}

export function infoOf({ id, name, peerUrls, clientUrls }: MemberAddress, config: Configuration): StoreMemberInfo {
  const isLearner = config.learners.includes(id) || config.learnersNext.includes(id);
  return { id: BigInt(id), name, peerUrls, clientUrls, isLearner };
}

function freeId(
  random: Random,
  book: { members: ReadonlyMap<number, unknown>; removed: ReadonlyMap<number, unknown> },
) {
  for (;;) {
    const id = Number(drawMemberId(random));
    if (!book.members.has(id) && !book.removed.has(id)) return id;
  }
}

function checkId(id: bigint): number {
  invariant(id > 0n && id < 2n ** 53n, `a member id is positive and below 2^53, got ${id}`);
  return Number(id);
}

async function handOver(running: RunningMember, to: number, { signal }: CallOptions): Promise<void> {
  const { raft, replica, time, options, whyLate } = running.state;
  const { leader: before, config } = raft.status();
  if (to !== 0 && to === before) return;
  if (to !== 0 && !replica.book.members.has(to)) throw notFound(to);
  if (to === 0 ? config.voters.length < 2 : !isVoter(config, to))
    throw new StoreMemberError('no-successor', 'No other member votes, or this one does not. Look at the members.');
  if (before === 0) throw new KvError('unavailable', 'There is no leader now to hand over. Try again.');
  const done = createDeferred<void>();
  const look = (): void => {
    const { leader } = raft.status();
    if (leader === 0 || leader === before) return;
    if (to === 0 || leader === to) done.resolve();
    else done.reject(new KvError('unavailable', `Member ${leader} leads now instead of ${to}. Try again.`));
  };
  // Asked again now and then: a message to the leader may get lost, and a transfer that is under way does not mind.
  const ask = (): void => {
    if (raft.status().leader === before) running.transferLeadership(to);
    retry = time.after(2 * options.heartbeatMs, ask);
  };
  let retry = time.after(0, () => undefined);
  const limit = time.after(2 * options.electionTimeoutMs, () => done.reject(whyLate()));
  const abort = (): void =>
    done.reject(new KvError('cancelled', 'The caller gave up waiting. The transfer may happen.'));
  signal?.addEventListener('abort', abort);
  running.roleListeners.add(look);
  try {
    ask();
    await done.promise;
  } finally {
    retry.cancel();
    limit.cancel();
    signal?.removeEventListener('abort', abort);
    running.roleListeners.delete(look);
  }
}
