import { utf8 } from '@trireme/base';
import type { Compare, Op, Random } from '@trireme/ports';
import { resourcePrefix } from '../store/keys.ts';
import type { ObjectFeed } from '../store/object-feed.ts';

/**
 * Numbers that may be given out once each: addresses, ports. A number is taken by a key of its own, written in the same
 * transaction as the object that uses it, so that nothing has to be repaired after a crash.
 */
export interface NumberPool {
  readonly size: number;
  isFree(offset: number): boolean;
  /** A random free offset, away from the first ones that people choose by hand; undefined when all are taken. */
  pick(avoid: ReadonlySet<number>): number | undefined;
  /** What must hold, and what to write, to take an offset. */
  take(offset: number, owner: string): { readonly compare: Compare; readonly op: Op };
  giveBack(offset: number): Op;
}

export interface NumberPoolOptions {
  readonly name: string;
  readonly size: number;
  /** Offsets below this are only picked when the others are taken. */
  readonly staticBand: number;
  /** How an offset is written in its key. */
  label(offset: number): string;
}

const randomTries = 64;

export function createNumberPool(feed: ObjectFeed, random: Random, options: NumberPoolOptions): NumberPool {
  const ref = { group: 'ranges', resource: options.name };
  const keyOf = (offset: number): string => `${resourcePrefix(ref)}${options.label(offset)}`;
  const isFree = (offset: number): boolean => feed.cache(ref).get(keyOf(offset)) === undefined;
  const within = (low: number, high: number, avoid: ReadonlySet<number>): number | undefined => {
    const usable = (offset: number): boolean => !avoid.has(offset) && isFree(offset);
    for (let i = 0; i < randomTries && high > low; i++) {
      const offset = low + Math.floor(random.float() * (high - low));
      if (usable(offset)) return offset;
    }
    for (let offset = low; offset < high; offset++) if (usable(offset)) return offset;
    return undefined;
  };
  return {
    size: options.size,
    isFree,
    pick: (avoid) => within(options.staticBand, options.size, avoid) ?? within(0, options.staticBand, avoid),
    take(offset, owner) {
      const key = utf8(keyOf(offset));
      return {
        compare: { key, target: 'version', result: 'equal', value: 0 },
        op: { type: 'put', request: { key, value: utf8(JSON.stringify({ owner })) } },
      };
    },
    giveBack: (offset) => ({ type: 'delete-range', request: { key: utf8(keyOf(offset)) } }),
  };
}
