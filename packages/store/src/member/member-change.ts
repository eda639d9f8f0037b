import { StoreMemberError } from '@trireme/ports';
import { type ConfigChange, type Configuration, isVoter } from '../raft/index.ts';
import type { MemberAddress, MemberBook } from './member-book.ts';

/** What is asked of the leader. Asking again for what is done already does no harm: answers get lost. */
export type MemberWish =
  | { readonly type: 'add'; readonly address: MemberAddress; readonly isLearner: boolean }
  | { readonly type: 'promote' | 'remove'; readonly id: number }
  | {
      readonly type: 'update';
      readonly id: number;
      readonly name?: string | undefined;
      readonly peerUrls?: readonly string[] | undefined;
      readonly clientUrls?: readonly string[] | undefined;
    };

export interface PlannedChange {
  readonly change: ConfigChange;
  readonly addresses: readonly MemberAddress[];
}

/** The entry that makes the wishes true; undefined where they are. Throws where they cannot be. */
export function planChange(
  wishes: readonly MemberWish[],
  book: Pick<MemberBook, 'members' | 'removed'>,
  config: Configuration,
  maxLearners: number,
): PlannedChange | undefined {
  const changes: ConfigChange['changes'][number][] = [];
  const addresses: MemberAddress[] = [];
  const plan = { book, config, changes, addresses };
  for (const wish of wishes) {
    if (wish.type === 'add') add(plan, wish);
    else if (wish.type === 'update') update(plan, wish);
    else if (wish.type === 'remove') remove(plan, wish.id);
    else promote(plan, wish.id);
  }
  const learners = new Set(config.learners);
  for (const { type, id } of changes) type === 'add-learner' ? learners.add(id) : learners.delete(id);
  if (changes.some(({ type }) => type === 'add-learner') && learners.size > maxLearners)
    throw new StoreMemberError(
      'too-many-learners',
      `There may be ${maxLearners} learners. Promote or remove one first.`,
    );
  return changes.length > 0 ? { change: { changes, transition: 'auto' }, addresses } : undefined;
}

interface Plan {
  readonly book: Pick<MemberBook, 'members' | 'removed'>;
  readonly config: Configuration;
  readonly changes: ConfigChange['changes'][number][];
  readonly addresses: MemberAddress[];
}

export function notFound(id: bigint | number): StoreMemberError {
  return new StoreMemberError('member-not-found', `There is no member ${id}. Look at the list of members.`);
}

function add({ book, changes, addresses }: Plan, { address, isLearner }: MemberWish & { type: 'add' }): void {
  const { id, peerUrls } = address;
  const known = book.members.get(id);
  if (known && known.peerUrls.join() === peerUrls.join()) return;
  if (known || book.removed.has(id) || addresses.some((each) => each.id === id))
    throw new StoreMemberError('member-exists', `The id ${id} is or was a member's. Choose one that never was.`);
  checkUrls(book, id, peerUrls, addresses);
  changes.push({ type: isLearner ? 'add-learner' : 'add-voter', id });
  addresses.push(address);
}

function checkUrls(book: Plan['book'], id: number, urls: readonly string[], added: readonly MemberAddress[]): void {
  for (const other of [...book.members.values(), ...added]) {
    const taken = other.id !== id && urls.find((url) => other.peerUrls.includes(url));
    if (taken) throw new StoreMemberError('peer-url-exists', `${taken} is where member ${other.id} is. Give another.`);
  }
}

function promote({ book, config, changes }: Plan, id: number): void {
  if (!book.members.has(id)) throw notFound(id);
  if (!isVoter(config, id)) changes.push({ type: 'add-voter', id });
}

function remove({ book, changes }: Plan, id: number): void {
  if (book.removed.has(id)) return;
  if (!book.members.has(id)) throw notFound(id);
  changes.push({ type: 'remove', id });
}

function update({ book, changes, addresses }: Plan, wish: MemberWish & { type: 'update' }): void {
  const known = book.members.get(wish.id);
  if (!known) throw notFound(wish.id);
  const { name = known.name, peerUrls = known.peerUrls, clientUrls = known.clientUrls } = wish;
  const next: MemberAddress = { ...known, name, peerUrls, clientUrls };
  if (JSON.stringify(next) === JSON.stringify(known)) return;
  checkUrls(book, wish.id, peerUrls, addresses);
  changes.push({ type: 'update', id: wish.id });
  addresses.push(next);
}

/**
 * Refuses a change after which those members that are heard of would not be a majority (etcd's strict reconfiguration
 * check): the next step would stop the cluster. Taking out who is not heard of makes nothing worse and is always allowed,
 * and so is the second member of a cluster of one.
 */
export function checkHealth(before: Configuration, after: Configuration, isActive: (id: number) => boolean): void {
  const votersBefore = new Set([...before.voters, ...before.votersOutgoing]);
  const added = after.voters.filter((id) => !votersBefore.has(id));
  const lost = [...votersBefore].filter((id) => !after.voters.includes(id) && isActive(id));
  if (added.length === 0 && lost.length === 0) return;
  if (before.voters.length === 1 && after.voters.length === 2 && lost.length === 0) return;
  const active = after.voters.filter(isActive).length;
  const needed = (after.voters.length >> 1) + 1;
  if (active >= needed) return;
  throw new StoreMemberError(
    'unhealthy',
    `Of ${after.voters.length} voters there would be ${active} that are heard of, and ${needed} are needed. Start those that are down first.`,
  );
}
