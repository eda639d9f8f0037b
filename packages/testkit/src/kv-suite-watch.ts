import { fromUtf8 } from '@trireme/base';
import { expect } from 'vitest';
import type { Scope } from './kv-suite-harness.ts';
import type { SuiteTest } from './kv-suite-test.ts';

type Open = () => Promise<Scope>;

export function watchTests(open: Open, it: SuiteTest): void {
  it('tells each change once, in order, from now on', async () => {
    const scope = await open();
    await scope.put('a', 'before');
    const watch = scope.watch();
    await watch.until(({ responses }) => responses.length > 0);
    expect(watch.responses[0]?.type).toBe('created');
    await scope.put('a', '1');
    await scope.kv.txn({ success: [scope.putOp('b', '1'), scope.putOp('c', '1')] });
    await scope.deleteRange('a', 'c');
    await watch.until((reader) => reader.events().length === 5);
    expect(watch.events()).toEqual(['put a=1', 'put b=1', 'put c=1', 'delete a', 'delete b']);
    watch.stream.cancel();
    await watch.until((reader) => reader.ended);
  });

  it('replays history from any revision that is there', async () => {
    const scope = await open();
    const base = await scope.revision();
    for (let i = 1; i <= 5; i++) await scope.put('a', `${i}`);
    const watch = scope.watch({ startRevision: base + 3, prevKv: true });
    await watch.until((reader) => reader.events().length === 3);
    await scope.put('a', '6');
    await watch.until((reader) => reader.events().length === 4);
    expect(watch.events()).toEqual(['put a=3', 'put a=4', 'put a=5', 'put a=6']);
    const [, first] = watch.responses;
    const prevKv = first?.type === 'events' ? first.events[0]?.prevKv : undefined;
    expect(prevKv && fromUtf8(prevKv.value)).toBe('2');
    watch.stream.cancel();
  });

  it('waits for a revision to come', async () => {
    const scope = await open();
    const watch = scope.watch({ startRevision: (await scope.revision()) + 2 });
    await scope.put('a', '1');
    await scope.put('a', '2');
    await watch.until((reader) => reader.events().length > 0);
    expect(watch.events()).toEqual(['put a=2']);
    watch.stream.cancel();
  });

  it('filters', async () => {
    const scope = await open();
    const startRevision = (await scope.revision()) + 1;
    await scope.put('a', '1');
    await scope.deleteRange('a');
    await scope.put('b', '1');
    const puts = scope.watch({ startRevision, filters: ['no-delete'] });
    const deletes = scope.watch({ startRevision, filters: ['no-put'] });
    await puts.until((reader) => reader.events().length === 2);
    await deletes.until((reader) => reader.events().length === 1);
    expect(puts.events()).toEqual(['put a=1', 'put b=1']);
    expect(deletes.events()).toEqual(['delete a']);
    puts.stream.cancel();
    deletes.stream.cancel();
  });

  it('ends with compacted where the wanted revision is gone', async () => {
    const scope = await open();
    const base = await scope.revision();
    for (let i = 1; i <= 4; i++) await scope.put('a', `${i}`);
    await scope.deleteRange('a');
    await scope.kv.compact(base + 5);
    const gone = scope.watch({ startRevision: base + 2 });
    await gone.until((reader) => reader.ended);
    expect(gone.responses.at(-1)).toEqual({ type: 'compacted', compactRevision: base + 5 });
  });

  it('still tells a deletion at the very revision that was compacted', async () => {
    const scope = await open();
    await scope.put('a', '1');
    const { header } = await scope.deleteRange('a');
    await scope.kv.compact(header.revision);
    const there = scope.watch({ startRevision: header.revision });
    await there.until((reader) => reader.events().length > 0);
    expect(there.events()).toEqual(['delete a']);
    there.stream.cancel();
  });

  it('tells the keys of a lease that ends as one deletion of all', async () => {
    const scope = await open();
    const { id } = await scope.kv.leaseGrant({ ttlSeconds: 600 });
    await scope.put('a', '1', { lease: id });
    await scope.put('b', '1', { lease: id });
    const watch = scope.watch({ prevKv: true });
    await watch.until(({ responses }) => responses.length > 0);
    await scope.kv.leaseRevoke(id);
    await watch.until((reader) => reader.events().length === 2);
    expect(watch.events()).toEqual(['delete a', 'delete b']);
    const told = watch.responses.flatMap((response) => (response.type === 'events' ? response.events : []));
    expect(new Set(told.map(({ kv }) => kv.modRevision)).size).toBe(1);
    expect(told.map(({ prevKv }) => prevKv && fromUtf8(prevKv.value))).toEqual(['1', '1']);
    watch.stream.cancel();
  });

  it('tells progress on demand, after everything before it', async () => {
    const scope = await open();
    const watch = scope.watch();
    await watch.until(({ responses }) => responses.length > 0);
    const { header } = await scope.put('a', '1');
    await watch.until((reader) => reader.events().length > 0);
    watch.stream.requestProgress();
    await watch.until(({ responses }) => responses.at(-1)?.type === 'progress');
    expect(watch.responses.at(-1)).toEqual({ type: 'progress', revision: header.revision });
    watch.stream.cancel();
  });

  it('gives a reader that comes late everything', async () => {
    const scope = await open();
    const startRevision = (await scope.revision()) + 1;
    const stream = scope.kv.watch({ key: scope.key('a'), startRevision });
    for (let i = 0; i < 40; i++) await scope.put('a', `${i}`);
    let seen = 0;
    for await (const response of stream) {
      if (response.type === 'events') seen += response.events.length;
      if (seen === 40) break;
    }
    expect(seen).toBe(40);
  });
}
