import { statusErrors } from '@trireme/api-machinery';
import type { Logger } from '@trireme/ports';
import { pods } from '@trireme/schema/resources';
import type { Pod } from '@trireme/schema/types/core/v1';
import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInformerFactory } from './informer-factory.ts';
import { createFakeApi } from './testing/index.ts';

const pod = (name: string, more: Partial<Pod['metadata']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'ns', ...more },
  spec: { containers: [] },
});

function setup(seed = 1) {
  const time = createVirtualTime();
  const random = createSeededRandom(seed);
  const api = createFakeApi({ time, random });
  // What a handler throws is logged and goes on; a failed expectation inside one must still fail the test.
  const errors: unknown[] = [];
  const logger: Logger = { with: () => logger, log: (level, _, fields) => level === 'error' && errors.push(fields) };
  const informers = createInformerFactory({ client: api, time, random, logger }, { freeze: true });
  const log: string[] = [];
  const handler = {
    added: (object: Pod) => void log.push(`+${object.metadata.name}`),
    updated: (object: Pod, old: Pod) =>
      void log.push(`${object.metadata.name}:${old.metadata.labels?.v ?? ''}>${object.metadata.labels?.v ?? ''}`),
    deleted: (object: Pod) => void log.push(`-${object.metadata.name}`),
  };
  return { time, random, api, informers, errors, log, handler, client: api.resource(pods) };
}

describe('informer', () => {
  it('shows the list, then every change, and tells its handlers after the lister knows', async () => {
    const { time, client, informers, log, errors, handler } = setup();
    await client.create(pod('a'));
    const informer = informers.informer(pods);
    expect(informer.synced).toBe(false);
    informer.subscribe(handler);
    await informer.whenSynced();
    informer.subscribe({ added: (object) => expect(informer.lister.get(object.metadata.name, 'ns')).toBe(object) });
    const b = await client.create(pod('b', { labels: { v: '1' } }));
    await client.update({ ...b, metadata: { ...b.metadata, labels: { v: '2' } } });
    await client.delete({ name: 'a', namespace: 'ns' });
    await time.settle();
    expect(log).toEqual(['+a', '+b', 'b:1>2', '-a']);
    expect(informer.lister.list().map((object) => object.metadata.name)).toEqual(['b']);
    expect(informer.lister.list('other')).toEqual([]);
    expect(informers.informer(pods)).toBe(informer);
    expect(errors).toEqual([]);
  });

  it('is one for each selection, and shows what matches it', async () => {
    const { time, client, informers } = setup();
    await client.create(pod('a', { labels: { app: 'web' } }));
    await client.create(pod('b'));
    const labelled = informers.informer(pods, { labelSelector: 'app=web' });
    const named = informers.informer(pods, { fieldSelector: 'metadata.name=b' });
    const all = informers.informer(pods);
    await time.settle();
    const names = (informer: typeof labelled) => informer.lister.list().map(({ metadata }) => metadata.name);
    expect([names(labelled), names(named), names(all)]).toEqual([['a'], ['b'], ['a', 'b']]);
    expect(informers.informer(pods, { labelSelector: 'app=web' })).toBe(labelled);
  });

  it('indexes by controller, and follows a change of it', async () => {
    const { time, client, informers } = setup();
    const informer = informers.informer(pods);
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r1', controller: true };
    const a = await client.create(pod('a', { ownerReferences: [owner] }));
    await client.create(pod('b', { ownerReferences: [{ ...owner, controller: false }] }));
    await time.settle();
    expect(informer.lister.controlledBy('r1').map((object) => object.metadata.name)).toEqual(['a']);
    expect(informer.lister.dependentsOf('r1').map((object) => object.metadata.name)).toEqual(['a', 'b']);
    await client.update({ ...a, metadata: { ...a.metadata, ownerReferences: [] } });
    await time.settle();
    expect(informer.lister.controlledBy('r1')).toEqual([]);
    expect(informer.lister.controlledBy('').map((object) => object.metadata.name)).toEqual(['b', 'a']);
    expect(informer.lister.dependentsOf('r1').map((object) => object.metadata.name)).toEqual(['b']);
    await client.delete({ name: 'b', namespace: 'ns' });
    await time.settle();
    expect(informer.lister.dependentsOf('r1')).toEqual([]);
  });

  it('resolves whenAt once that version is shown, by an event or by a bookmark', async () => {
    const { time, api, client, informers } = setup();
    const informer = informers.informer(pods);
    await informer.whenSynced();
    const done: string[] = [];
    const created = await client.create(pod('a'));
    const version = Number(created.metadata.resourceVersion);
    void informer.whenAt(version).then(() => done.push('event'));
    void informer.whenAt(version + 1).then(() => done.push('bookmark'));
    await time.settle();
    expect(done).toEqual(['event']);
    const { metadata } = await api.resource({ ...pods, resource: 'others' }).create(pod('elsewhere'));
    api.store.bookmark();
    await time.settle();
    expect(done).toEqual(['event', 'bookmark']);
    expect(informer.resourceVersion).toBe(Number(metadata.resourceVersion));
  });

  it('resumes a watch where it ended, without a new list', async () => {
    const { time, api, client, informers, log, handler } = setup();
    let lists = 0;
    api.intercept = ({ verb }) => {
      if (verb === 'list') lists++;
    };
    const informer = informers.informer(pods);
    informer.subscribe(handler);
    await client.create(pod('a'));
    await time.advance(5000);
    api.store.endWatches();
    await client.create(pod('b'));
    await time.advance(5000);
    expect(log).toEqual(['+a', '+b']);
    expect(lists).toBe(1);
  });

  it('lists again after 410, and tells exactly what changed meanwhile', async () => {
    const { time, api, client, informers, log, handler } = setup();
    for (const name of ['stays', 'changes', 'goes', 'anew']) await client.create(pod(name));
    const informer = informers.informer(pods);
    informer.subscribe(handler);
    await time.settle();
    log.length = 0;
    let cut = true;
    api.intercept = ({ verb }) => {
      if (verb === 'watch' && cut) throw new Error('no route');
    };
    api.store.endWatches();
    await time.settle();
    await client.delete({ name: 'goes', namespace: 'ns' });
    await client.delete({ name: 'anew', namespace: 'ns' });
    await client.create(pod('anew'));
    await client.create(pod('comes'));
    await client.patch(
      { name: 'changes', namespace: 'ns' },
      { type: 'merge', body: { metadata: { labels: { v: '2' } } } },
    );
    api.store.compact();
    cut = false;
    await time.advance(70_000);
    expect(log.toSorted()).toEqual(['+anew', '+comes', '-anew', '-goes', 'changes:>2']);
    expect(log.indexOf('-anew')).toBeLessThan(log.indexOf('+anew'));
  });

  it('keeps trying while the server is away, ever slower', async () => {
    const { time, api, informers } = setup();
    const tries: number[] = [];
    api.intercept = () => {
      tries.push(time.monotonic());
      if (time.monotonic() < 60_000) throw statusErrors.unauthorized();
    };
    const informer = informers.informer(pods);
    await time.advance(59_000);
    expect(informer.synced).toBe(false);
    expect(tries.length).toBeGreaterThan(3);
    expect(tries.length).toBeLessThan(10);
    await time.advance(61_000);
    expect(informer.synced).toBe(true);
  });

  it('hands out frozen objects when asked to, and stops for good', async () => {
    const { time, client, informers, log, handler } = setup();
    const informer = informers.informer(pods);
    informer.subscribe(handler);
    await client.create(pod('a', { labels: { v: '1' } }));
    await time.settle();
    expect(Object.isFrozen(informer.lister.get('a', 'ns')?.metadata.labels)).toBe(true);
    informers.stop();
    await client.create(pod('b'));
    await time.advance(1000);
    expect(log).toEqual(['+a']);
  });

  it('ends up equal to the server through any mix of writes, broken watches and compactions', async () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      fc.record({ do: fc.constantFrom('write' as const, 'remove' as const), name }),
      fc.record({ do: fc.constantFrom('break' as const, 'compact' as const, 'wait' as const), name }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.integer(), async (steps, seed) => {
        const { time, api, client, informers, errors } = setup(seed);
        const informer = informers.informer(pods);
        const told = new Map<string, Pod>();
        informer.subscribe({
          added: (object) => {
            expect(told.has(object.metadata.name)).toBe(false);
            told.set(object.metadata.name, object);
          },
          updated: (object, old) => {
            expect(told.get(object.metadata.name)).toBe(old);
            told.set(object.metadata.name, object);
          },
          deleted: (object) => expect(told.delete(object.metadata.name)).toBe(true),
        });
        for (const [index, action] of steps.entries()) {
          const target = { name: action.name, namespace: 'ns' };
          const known = api.store.get(pods, `ns/${action.name}`);
          if (action.do === 'break') api.store.endWatches();
          else if (action.do === 'compact') api.store.compact();
          else if (action.do === 'wait') await time.advance(500);
          else if (action.do === 'remove' && known) await client.delete(target);
          else if (action.do === 'write' && !known) await client.create(pod(action.name));
          else if (known)
            await client.patch(target, { type: 'merge', body: { metadata: { labels: { v: `${index}` } } } });
        }
        await time.advance(120_000);
        const server = (await client.list()).items.toSorted((x, y) => x.metadata.name.localeCompare(y.metadata.name));
        const byName = (x: Pod, y: Pod): number => x.metadata.name.localeCompare(y.metadata.name);
        expect(informer.lister.list().toSorted(byName)).toEqual(server);
        expect([...told.values()].toSorted(byName)).toEqual(server);
        expect(errors).toEqual([]);
        informers.stop();
      }),
      { numRuns: 40 },
    );
  });
});
