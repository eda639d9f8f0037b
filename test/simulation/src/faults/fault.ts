import type { SeededRandom } from '@trireme/testkit';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';

/** One way in which the world goes wrong. */
export interface FaultKind {
  readonly name: string;
  /** Makes it happen, and its end too; returns what was done, or undefined where it cannot be done now. */
  strike(world: World, random: SeededRandom): string | undefined;
  /** The same, for what waits until a member has been elected. */
  /** How often it strikes then; by default by its weight. */
  readonly electedShare?: number;
  elected?(world: World, random: SeededRandom, leader: Machine): string | undefined;
}

/** For how long a fault lasts: mostly short, at times long enough for elections and snapshots. */
export function someTime(random: SeededRandom): number {
  return random.chance(0.7) ? 50 + random.below(1_500) : random.below(6_000);
}

export function pickOf<T>(random: SeededRandom, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : random.pick(items);
}
