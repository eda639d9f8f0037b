import { utf8 } from '@trireme/base';
import type { Header, Op } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { createKeySpace, type KeySpace } from './index.ts';

const header: Header = { clusterId: 1n, memberId: 1n, revision: 0, raftTerm: 1 };
const all = { key: utf8('a'), rangeEnd: new Uint8Array([0]) };
const put = (key: string, value = key): Op => ({ type: 'put', request: { key: utf8(key), value: utf8(value) } });
const remove = (key: string): Op => ({ type: 'delete-range', request: { key: utf8(key) } });
const apply = (space: KeySpace, ...success: Op[]) => space.apply({ type: 'txn', request: { success } });
const sweep = (space: KeySpace, maxVersions = 1000): void => {
  while (space.sweep(maxVersions));
};

describe('sweeping', () => {
  it('leaves what a read that is under way may see, and frees it afterwards', () => {
    const space = createKeySpace();
    for (let i = 0; i < 30; i++) apply(space, put(`k${i % 10}`, `v${i}`));
    apply(space, remove('k3'));
    const read = space.startRange({ ...all, revision: 15 }, header);
    const before = space.range({ ...all, revision: 15 }, header);
    expect(read.step(3)).toBeUndefined();
    const release = space.pin(15);
    space.apply({ type: 'compact', revision: 32 });
    sweep(space);
    expect(space.canSweep).toBe(false);
    expect(space.isSwept).toBe(false);
    let answer = read.step(3);
    while (!answer) answer = read.step(3);
    expect(answer).toEqual(before);
    release();
    release();
    expect(space.canSweep).toBe(true);
    sweep(space, 2);
    expect(space.isSwept).toBe(true);
    // Nine keys, and the deletion of the compact revision itself.
    expect(space.versionCount).toBe(10);
    apply(space, put('a'));
    space.apply({ type: 'compact', revision: space.revision });
    sweep(space);
    expect(space.versionCount).toBe(10);
  });

  it('frees all it should when its bound moves in the middle of a revision', () => {
    const space = createKeySpace();
    apply(space, ...['a', 'b', 'c', 'd'].map((key) => put(key)));
    apply(space, ...['a', 'b', 'c', 'd'].map((key) => remove(key)));
    apply(space, put('e'));
    const release = space.pin(3);
    space.apply({ type: 'compact', revision: 4 });
    space.sweep(4);
    space.sweep(2);
    release();
    sweep(space);
    expect([space.versionCount, space.keyCount]).toEqual([1, 1]);
  });

  it('keeps both versions of a key that one revision wrote twice, for a watch may start there', () => {
    const space = createKeySpace();
    apply(space, put('a', 'old'));
    const nested = (op: Op): Op => ({ type: 'txn', request: { success: [op] } });
    apply(space, nested(put('a', 'new')), nested(remove('a')));
    const told: string[] = [];
    const tell = (): void => {
      told.length = 0;
      space.visitChange(3, (text, id) => void told.push(`${text} ${space.typeOf(id)}`));
    };
    space.apply({ type: 'compact', revision: 3 });
    sweep(space);
    // Takes over the id of whatever was freed.
    apply(space, put('b'));
    tell();
    expect(told).toEqual(['a put', 'a delete']);
    space.apply({ type: 'compact', revision: 4 });
    sweep(space);
    expect([space.versionCount, space.keyCount]).toEqual([1, 1]);
  });

  it('gives the same hash before, in the middle and after', () => {
    const space = createKeySpace();
    for (let i = 0; i < 100; i++)
      apply(space, i % 7 === 3 ? remove(`k${(i * 5) % 30}`) : put(`k${(i * 3) % 30}`, `${i}`));
    space.apply({ type: 'compact', revision: 60 });
    const before = space.hash();
    const old = space.hash(70);
    while (space.sweep(3)) expect(space.hash()).toEqual(before);
    expect(space.hash()).toEqual(before);
    expect(space.hash(70)).toEqual(old);
    apply(space, put('z'));
    expect(space.hash().hash).not.toBe(before.hash);
    expect(space.hash(before.revision)).toEqual(before);
  });
});
