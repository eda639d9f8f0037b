import { fromUtf8, utf8 } from '@trireme/base';
import type { Compare } from '@trireme/ports';
import { expect } from 'vitest';
import type { Scope } from './kv-suite-harness.ts';
import type { SuiteTest } from './kv-suite-test.ts';

type Open = () => Promise<Scope>;

export function rangeTests(open: Open, it: SuiteTest): void {
  it('gives each change the next revision, and counts versions', async () => {
    const { kv, put, key, revision, deleteRange } = await open();
    const base = await revision();
    expect((await put('a', '1')).header.revision).toBe(base + 1);
    expect((await put('a', '2')).header.revision).toBe(base + 2);
    const [entry] = (await kv.range({ key: key('a') })).kvs;
    expect(entry).toMatchObject({ createRevision: base + 1, modRevision: base + 2, version: 2, lease: 0n });
    await deleteRange('a');
    await put('a', '3');
    const [again] = (await kv.range({ key: key('a') })).kvs;
    expect(again).toMatchObject({ createRevision: base + 4, modRevision: base + 4, version: 1 });
    expect((await deleteRange('nothing')).header.revision).toBe(base + 4);
  });

  it('reads ranges by their ends', async () => {
    const scope = await open();
    for (const name of ['a', 'aa', 'b', 'c']) await scope.put(name, name);
    const read = async (from: string, end?: Uint8Array): Promise<readonly string[]> => {
      const { kvs } = await scope.kv.range({ key: scope.key(from), rangeEnd: end });
      return kvs.map((entry) => scope.text(entry.key));
    };
    expect(await read('a')).toEqual(['a']);
    expect(await read('a', scope.key('b'))).toEqual(['a', 'aa']);
    expect(await read('b', scope.key('a'))).toEqual([]);
    const open0 = await read('aa', new Uint8Array([0]));
    expect(open0.slice(0, 3)).toEqual(['aa', 'b', 'c']);
  });

  it('limits, counts, sorts and filters', async () => {
    const scope = await open();
    const base = await scope.revision();
    for (const [name, value] of [
      ['a', '3'],
      ['b', '1'],
      ['c', '2'],
      ['a', '4'],
    ] as const)
      await scope.put(name, value);
    const range = { key: scope.key(''), rangeEnd: scope.key('z') };
    const read = async (options: object): Promise<readonly string[]> =>
      (await scope.kv.range({ ...range, ...options })).kvs.map((entry) => scope.text(entry.key));
    expect(await scope.kv.range({ ...range, limit: 2 })).toMatchObject({ more: true, count: 3 });
    expect(await scope.kv.range({ ...range, limit: 3 })).toMatchObject({ more: false, count: 3 });
    expect(await scope.kv.range({ ...range, countOnly: true })).toMatchObject({ kvs: [], count: 3 });
    expect((await scope.kv.range({ ...range, keysOnly: true })).kvs.map((entry) => entry.value.length)).toEqual([
      0, 0, 0,
    ]);
    expect(await read({ sort: { by: 'key', descending: true }, limit: 2 })).toEqual(['c', 'b']);
    expect(await read({ sort: { by: 'value' } })).toEqual(['b', 'c', 'a']);
    expect(await read({ sort: { by: 'mod' } })).toEqual(['b', 'c', 'a']);
    expect(await read({ sort: { by: 'create', descending: true } })).toEqual(['c', 'b', 'a']);
    expect(await read({ sort: { by: 'version', descending: true }, limit: 1 })).toEqual(['a']);
    expect(await read({ minModRevision: base + 3 })).toEqual(['a', 'c']);
    expect(await read({ maxModRevision: base + 3 })).toEqual(['b', 'c']);
    expect(await read({ minCreateRevision: base + 2, maxCreateRevision: base + 2 })).toEqual(['b']);
  });

  it('counts what is in the range, whatever is asked to be seen of it', async () => {
    const scope = await open();
    const base = await scope.revision();
    for (const name of ['a', 'b', 'c', 'd']) await scope.put(name, name);
    const range = { key: scope.key(''), rangeEnd: scope.key('z') };
    const limited = await scope.kv.range({ ...range, limit: 1, sort: { by: 'key', descending: true } });
    expect([limited.kvs.length, limited.count, limited.more]).toEqual([1, 4, true]);
    const filtered = await scope.kv.range({ ...range, minModRevision: base + 3 });
    expect([filtered.kvs.length, filtered.count, filtered.more]).toEqual([2, 4, false]);
    const both = await scope.kv.range({ ...range, minModRevision: base + 3, limit: 1 });
    expect([scope.text(both.kvs[0]?.key ?? new Uint8Array()), both.count, both.more]).toEqual(['c', 4, true]);
    const past = await scope.kv.range({ ...range, revision: base + 2, countOnly: true });
    expect([past.count, past.header.revision]).toEqual([2, base + 4]);
    const here = await scope.kv.range({ ...range, serializable: true, keysOnly: true });
    expect(here.kvs.map(({ value, version }) => [value.length, version])).toEqual(Array(4).fill([0, 1]));
  });

  it('reads the past, until it is compacted', async () => {
    const scope = await open();
    const base = await scope.revision();
    await scope.put('a', '1');
    await scope.put('a', '2');
    await scope.deleteRange('a');
    await scope.put('b', '1');
    expect(await scope.all(base)).toEqual([]);
    expect(await scope.all(base + 1)).toEqual(['a=1']);
    expect(await scope.all(base + 2)).toEqual(['a=2']);
    expect(await scope.all(base + 3)).toEqual([]);
    await expect(scope.all(base + 5)).rejects.toMatchObject({ code: 'future-revision' });
    await scope.kv.compact(base + 2);
    await expect(scope.all(base + 1)).rejects.toMatchObject({ code: 'compacted' });
    expect(await scope.all(base + 2)).toEqual(['a=2']);
    expect(await scope.all()).toEqual(['b=1']);
    await expect(scope.kv.compact(base + 2)).rejects.toMatchObject({ code: 'compacted' });
    await expect(scope.kv.compact(base + 9)).rejects.toMatchObject({ code: 'future-revision' });
  });
}

export function txnTests(open: Open, it: SuiteTest): void {
  it('compares everything there is to compare', async () => {
    const scope = await open();
    await scope.put('a', '1');
    const { modRevision } = (await scope.kv.range({ key: scope.key('a') })).kvs[0] as { modRevision: number };
    const a = { key: scope.key('a') };
    const missing = { key: scope.key('missing') };
    const cases: readonly (readonly [Compare, boolean])[] = [
      [{ ...a, target: 'version', result: 'equal', value: 1 }, true],
      [{ ...a, target: 'version', result: 'greater', value: 1 }, false],
      [{ ...a, target: 'mod', result: 'equal', value: modRevision }, true],
      [{ ...a, target: 'mod', result: 'less', value: modRevision + 1 }, true],
      [{ ...a, target: 'create', result: 'not-equal', value: modRevision }, false],
      [{ ...a, target: 'value', result: 'equal', value: utf8('1') }, true],
      [{ ...a, target: 'value', result: 'greater', value: utf8('0') }, true],
      [{ ...a, target: 'lease', result: 'equal', value: 0n }, true],
      [{ ...missing, target: 'mod', result: 'equal', value: 0 }, true],
      [{ ...missing, target: 'version', result: 'greater', value: 0 }, false],
      [{ ...missing, target: 'value', result: 'not-equal', value: utf8('x') }, false],
      [{ key: scope.key(''), rangeEnd: scope.key('z'), target: 'version', result: 'equal', value: 1 }, true],
    ];
    for (const [compare, expected] of cases)
      expect((await scope.kv.txn({ compare: [compare] })).succeeded, JSON.stringify(compare.target)).toBe(expected);
  });

  it('takes one branch, at one revision, and sees its own writes', async () => {
    const scope = await open();
    const base = await scope.revision();
    const key = scope.key('a');
    const request = {
      compare: [{ key, target: 'mod', result: 'equal', value: 0 }],
      success: [scope.putOp('a', '1', { prevKv: true }), { type: 'range', request: { key } }, scope.putOp('b', '1')],
      failure: [{ type: 'range', request: { key } }],
    } as const;
    const first = await scope.kv.txn(request);
    expect(first).toMatchObject({ succeeded: true, header: { revision: base + 1 } });
    expect(first.responses[0]).toMatchObject({ type: 'put', response: {} });
    expect(first.responses[1]).toMatchObject({ type: 'range', response: { count: 1 } });
    const second = await scope.kv.txn(request);
    expect(second).toMatchObject({ succeeded: false, header: { revision: base + 1 } });
    expect(second.responses[0]).toMatchObject({ type: 'range', response: { count: 1 } });
    expect(await scope.all()).toEqual(['a=1', 'b=1']);
  });

  it('nests, and compares before it writes', async () => {
    const scope = await open();
    const inner = {
      compare: [{ key: scope.key('a'), target: 'mod', result: 'equal', value: 0 }],
      success: [scope.putOp('b', 'was empty')],
      failure: [scope.putOp('b', 'was there')],
    } as const;
    const response = await scope.kv.txn({ success: [scope.putOp('a', '1'), { type: 'txn', request: inner }] });
    expect(response.responses[1]).toMatchObject({ type: 'txn', response: { succeeded: true } });
    expect(await scope.all()).toEqual(['a=1', 'b=was empty']);
  });

  it('reads inside at its own revision, and at old ones', async () => {
    const scope = await open();
    const base = await scope.revision();
    await scope.put('a', '1');
    await scope.put('b', '1');
    const key = scope.key('a');
    const { responses } = await scope.kv.txn({
      success: [
        scope.putOp('a', '2'),
        { type: 'range', request: { key } },
        { type: 'range', request: { key, revision: base + 1 } },
        { type: 'delete-range', request: { key: scope.key('b') } },
        { type: 'range', request: { key: scope.key('b') } },
      ],
    });
    const values = responses.map((each) => each.type === 'range' && each.response.kvs.map((kv) => fromUtf8(kv.value)));
    expect(values).toEqual([false, ['2'], ['1'], false, []]);
    expect(responses[3]).toMatchObject({ type: 'delete-range', response: { deleted: 1 } });
    expect(await scope.revision()).toBe(base + 3);
  });

  it('does nothing at no cost', async () => {
    const scope = await open();
    const base = await scope.revision();
    const empty = await scope.kv.txn({});
    expect(empty).toMatchObject({ succeeded: true, responses: [], header: { revision: base } });
    const nothing = { type: 'delete-range', request: { key: scope.key('none') } } as const;
    expect((await scope.kv.txn({ success: [nothing] })).header.revision).toBe(base);
  });

  it('tells what was there before', async () => {
    const scope = await open();
    await scope.put('a', '1');
    const put = await scope.put('a', '2', { prevKv: true });
    const [first] = put.responses;
    expect(first?.type === 'put' && first.response.prevKv && fromUtf8(first.response.prevKv.value)).toBe('1');
    const [second] = (await scope.deleteRange('a', 'z')).responses;
    expect(second).toMatchObject({ type: 'delete-range', response: { deleted: 1 } });
    expect(second?.type === 'delete-range' && second.response.prevKvs.map((kv) => fromUtf8(kv.value))).toEqual(['2']);
  });

  it('keeps the value or the lease on demand', async () => {
    const scope = await open();
    const { id } = await scope.kv.leaseGrant({ ttlSeconds: 600 });
    await scope.put('a', '1', { lease: id });
    await scope.put('a', '2', { ignoreLease: true });
    await scope.put('a', '', { ignoreValue: true, lease: id });
    const [entry] = (await scope.kv.range({ key: scope.key('a') })).kvs;
    expect(entry).toMatchObject({ lease: id, version: 3 });
    expect(fromUtf8(entry?.value ?? new Uint8Array(0))).toBe('2');
  });

  it('refuses what is wrong, and changes nothing', async () => {
    const scope = await open();
    const base = await scope.revision();
    const range = { key: scope.key('a'), rangeEnd: scope.key('b') };
    const many = Array.from({ length: 129 }, (_, i) => scope.putOp(`k${i}`, ''));
    const cases = [
      ['empty-key', [{ type: 'put', request: { key: new Uint8Array(0), value: utf8('x') } }]],
      ['duplicate-key', [scope.putOp('a', '1'), scope.putOp('a', '2')]],
      ['duplicate-key', [scope.putOp('a', '1'), { type: 'delete-range', request: range }]],
      ['duplicate-key', [scope.putOp('a', '1'), { type: 'txn', request: { success: [scope.putOp('a', '2')] } }]],
      ['too-many-operations', many],
      ['value-provided', [scope.putOp('a', '1', { ignoreValue: true })]],
      ['lease-provided', [scope.putOp('a', '1', { ignoreLease: true, lease: 1n })]],
      ['key-not-found', [scope.putOp('b', '1'), scope.putOp('a', '', { ignoreValue: true })]],
      ['lease-not-found', [scope.putOp('b', '1'), scope.putOp('a', '1', { lease: 0x7fff_ffffn })]],
      ['future-revision', [scope.putOp('b', '1'), { type: 'range', request: { ...range, revision: base + 100 } }]],
    ] as const;
    for (const [code, success] of cases) await expect(scope.kv.txn({ success }), code).rejects.toMatchObject({ code });
    expect(await scope.revision()).toBe(base);
    expect(await scope.all()).toEqual([]);
  });
}
