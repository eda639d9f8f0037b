import { utf8 } from '@trireme/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CacheEvent, createResourceCache } from './resource-cache.ts';
import { StoredObject } from './stored-object.ts';

const prefix = '/registry/core/pods/';
const historySize = 8;
const operation = fc.record({
  key: fc.constantFrom('a/x', 'a/y', 'ab/x', 'b/x', 'b/xx', 'c/z').map((name) => prefix + name),
  put: fc.boolean(),
});

const read = (events: readonly CacheEvent[]): readonly string[] =>
  events.map(({ type, stored, revision }) => `${revision} ${type} ${stored.key} @${stored.revision}`);

describe('a resource cache', () => {
  it('equals a plain map with a log, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), fc.nat(60), (operations, from) => {
        const cache = createResourceCache(prefix, historySize);
        const model = new Map<string, number>();
        const log: string[] = [];
        const live: CacheEvent[] = [];
        cache.subscribe({ event: (event) => live.push(event), lost: () => undefined }, 0);
        operations.forEach(({ key, put }, i) => {
          const revision = i + 1;
          if (put) {
            log.push(`${revision} ${model.has(key) ? 'MODIFIED' : 'ADDED'} ${key} @${revision}`);
            model.set(key, revision);
            cache.put(new StoredObject(key, revision, utf8('{}')));
          } else {
            if (model.delete(key)) log.push(`${revision} DELETED ${key} @${revision}`);
            cache.remove(key, revision);
          }
        });
        expect(read(live)).toEqual(log);
        for (const wanted of [prefix, `${prefix}a/`, `${prefix}b/x`]) {
          const listed = cache.list(wanted).map(({ key, revision }) => [key, revision]);
          expect(listed).toEqual([...model].filter(([key]) => key.startsWith(wanted)).sort());
        }
        const late: CacheEvent[] = [];
        try {
          cache.subscribe({ event: (event) => late.push(event), lost: () => undefined }, from);
          expect(read(late)).toEqual(log.filter((line) => Number(line.split(' ', 1)[0]) > from));
        } catch (error) {
          // Only what is older than the history may be refused.
          expect((error as Error).message).toContain('too old resource version');
          expect(log.length).toBeGreaterThanOrEqual(historySize);
        }
      }),
    );
  });

  it('tells its listeners when it starts anew, and calls them no more', () => {
    const cache = createResourceCache(prefix, historySize);
    const heard: string[] = [];
    cache.subscribe({ event: () => heard.push('event'), lost: (why) => heard.push(why) }, 0);
    cache.reset([new StoredObject(`${prefix}a/x`, 5, utf8('{}'))], 7);
    cache.put(new StoredObject(`${prefix}a/y`, 8, utf8('{}')));
    expect([heard, cache.list(prefix).length]).toEqual([['gap'], 2]);
    expect(() => cache.subscribe({ event: () => undefined, lost: () => undefined }, 6)).toThrow(
      'too old resource version: 6 (7)',
    );
  });
});
