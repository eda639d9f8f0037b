import type { KvErrorCode } from '@trireme/ports';
import type { Cluster, Member } from '../arena/cluster.ts';

/** What a fault has to work with. */
export interface Stage {
  readonly cluster: Cluster;
  /** Writes a line of the timeline. */
  say(text: string): void;
  /** Lets time pass under load. */
  hold(ms: number): Promise<void>;
  /** Something that must not be. */
  complain(problem: string): void;
  /** Has a member tell all that it knows of the past, for a while, and complains of what is not so. */
  lookBack(member: Member, ms: number): Promise<void>;
}

/** A way in which the world goes wrong, for a while. Afterwards all is healed, and must be well. */
export interface Fault {
  /** What a reader of a report wants to know. */
  readonly about: string;
  /** Does it, lets it last, and ends it. What is not ended is healed by who called. */
  run(stage: Stage): Promise<void>;
  /** No time without an acknowledged write may be longer. Absent: nothing can be written while it lasts. */
  readonly longestPauseMs?: number;
  /** Clients that write large values, where a disk is to fill up. */
  readonly bulkClients?: number;
  /** What clients may be answered besides what any fault brings. */
  readonly mayAnswer?: readonly KvErrorCode[];
  /** Why it cannot be done on this machine. */
  whyNot?(cluster: Cluster): string | undefined;
}

/**
 * Where a majority is left, and is known to each other: an election takes a second, or two where votes split, and the
 * machine may be busy with other things.
 */
export const majorityPauseMs = 6_000;

export const others = (cluster: Cluster, ...but: readonly Member[]): readonly Member[] =>
  cluster.members.filter((member) => !but.includes(member));

export const names = (members: readonly Member[]): string => members.map(({ name }) => name).join(', ');

export function pickOne<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T;
}
