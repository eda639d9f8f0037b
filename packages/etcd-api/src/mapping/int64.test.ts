import { describe, expect, it } from 'vitest';
import { fromBigInt, toBigInt, toNumber } from './int64.ts';

describe('64-bit fields', () => {
  it.each([
    [0n],
    [1n],
    [0xffff_ffffn],
    [0x1_0000_0000n],
    [2n ** 53n],
    [2n ** 63n - 1n],
    [2n ** 63n],
    [2n ** 64n - 1n],
    [-1n],
    [-(2n ** 63n)],
  ])('%d survives', (value) => {
    expect(toBigInt(fromBigInt(value))).toBe(value);
  });

  it.each([
    [undefined, 0],
    [null, 0],
    [7, 7],
    [{ low: -1, high: 0, unsigned: false }, 4_294_967_295],
    [{ low: 0, high: 1, unsigned: false }, 4_294_967_296],
    [{ low: -1, high: -1, unsigned: false }, -1],
    [{ low: -1, high: 0x1f_ffff, unsigned: true }, Number.MAX_SAFE_INTEGER],
  ])('%j as a number is %d', (field, expected) => {
    expect(toNumber(field)).toBe(expected);
  });
});
