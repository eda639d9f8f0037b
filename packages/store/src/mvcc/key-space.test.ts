import { utf8 } from '@trireme/base';
import type { Compare, Header, KeyValue, KvEvent, Op, RangeRequest, TxnRequest, WatchResponse } from '@trireme/ports';
import { createMemoryKv, createVirtualTime } from '@trireme/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Command, checkRange, checkTxn, createKeySpace, createWatchHub, type KeySpace, Version } from './index.ts';

const header: Header = { clusterId: 1n, memberId: 1n, revision: 0, raftTerm: 1 };
const key = fc
  .constantFrom('a', 'aa', 'b', 'c', 'ca', '\xff')
  .map((text) => Uint8Array.from(text, (c) => c.charCodeAt(0)));
const value = fc.constantFrom('1', '2', '3').map(utf8);
const lease = fc.constantFrom(0n, 0n, 1n, 2n);
const range = fc
  .tuple(key, fc.option(fc.oneof(key, fc.constant(new Uint8Array([0]))), { nil: undefined }))
  .map(([from, rangeEnd]) => ({ key: from, rangeEnd }));
const number = fc.integer({ min: 0, max: 12 });
const rangeRequest: fc.Arbitrary<RangeRequest> = fc
  .tuple(
    range,
    fc.record(
      {
        limit: fc.integer({ min: 0, max: 4 }),
        revision: number,
        keysOnly: fc.boolean(),
        countOnly: fc.boolean(),
        sort: fc.record({ by: fc.constantFrom('key', 'mod', 'create'), descending: fc.boolean() }),
        minModRevision: number,
        maxModRevision: number,
        minCreateRevision: number,
        maxCreateRevision: number,
      },
      { requiredKeys: [] },
    ),
  )
  .map(([where, options]) => ({ ...where, ...options }) as RangeRequest);
const compare = fc
  .tuple(
    range,
    fc.constantFrom('equal', 'not-equal', 'greater', 'less'),
    fc.oneof(
      fc.record({ target: fc.constantFrom('version', 'create', 'mod'), value: fc.integer({ min: 0, max: 6 }) }),
      fc.record({ target: fc.constant('value'), value }),
      fc.record({ target: fc.constant('lease'), value: lease }),
    ),
  )
  .map(([where, result, target]) => ({ ...where, result, ...target }) as Compare);
const { txn } = fc.letrec<{ op: Op; txn: TxnRequest }>((tie) => ({
  op: fc.oneof(
    { depthSize: 'small', maxDepth: 2 },
    fc.record({
      type: fc.constant('put' as const),
      request: fc.record({ key, value, lease, prevKv: fc.boolean() }),
    }),
    fc.record({
      type: fc.constant('delete-range' as const),
      request: fc.tuple(range, fc.boolean()).map(([where, prevKv]) => ({ ...where, prevKv })),
    }),
    fc.record({ type: fc.constant('range' as const), request: rangeRequest }),
    fc.record({ key, ignoreValue: fc.boolean(), ignoreLease: fc.boolean() }).map((put) => ({
      type: 'put' as const,
      request: { value: utf8(''), ...put },
    })),
    fc.record({ type: fc.constant('txn' as const), request: tie('txn') }),
  ),
  txn: fc.record({
    compare: fc.array(compare, { maxLength: 2 }),
    success: fc.array(tie('op'), { maxLength: 3 }),
    failure: fc.array(tie('op'), { maxLength: 3 }),
  }),
}));
type Step = Command | { readonly type: 'range'; readonly request: RangeRequest };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('txn' as const), request: txn }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('range' as const), request: rangeRequest }) },
  fc.record({ type: fc.constant('lease-grant' as const), id: fc.constantFrom(1n, 2n), ttlSeconds: fc.constant(60) }),
  fc.record({ type: fc.constant('lease-revoke' as const), id: fc.constantFrom(1n, 2n) }),
  fc.record({ type: fc.constant('compact' as const), revision: fc.integer({ min: 1, max: 12 }) }),
);

const plainKv = (kv: KeyValue | undefined): unknown => kv && { ...kv, key: [...kv.key], value: [...kv.value] };
const plainEvent = (event: KvEvent): unknown => [event.type, plainKv(event.kv), plainKv(event.prevKv)];
/** Answers without their headers, and bytes as plain arrays. */
function plain(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer, (name, item) => {
      if (name === 'header') return undefined;
      if (typeof item === 'bigint') return `${item}n`;
      return item instanceof Uint8Array ? `[${item.join()}]` : item;
    }) ?? 'null',
  );
}

function runModel(space: KeySpace, hub: ReturnType<typeof createWatchHub>, command: Step): unknown {
  if (command.type === 'range') {
    checkRange(command.request);
    return space.range(command.request, header);
  }
  if (command.type === 'txn') checkTxn(command.request, 128);
  const { error, response, change } = space.apply(command, header);
  if (change) hub.publish(change);
  if (error) throw error;
  return response;
}

async function outcomeOf(run: () => unknown): Promise<unknown> {
  try {
    return plain(await run());
  } catch (error) {
    return { code: (error as { code?: string }).code ?? String(error) };
  }
}

/** Takes it apart and puts it together again, as a snapshot does. */
function copyOf(space: KeySpace, chunk: number): KeySpace {
  const versions: Version[] = [];
  let after: string | undefined;
  do {
    const part = space.exportAfter(after, { ...space.meta(), maxKeys: chunk, maxBytes: 1e6 });
    versions.push(...part.versions.map((version) => new Version(version, Version.sub(version))));
    after = part.last;
  } while (after !== undefined);
  return createKeySpace({ meta: space.meta(), versions: versions.reverse() });
}

describe('key space', () => {
  it('does what the simple key space in memory does', async () => {
    const steps = fc.array(step, { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: 40 }), async (commands, copyAt) => {
        let space = createKeySpace();
        const hub = createWatchHub(() => space);
        const kv = createMemoryKv({ time: createVirtualTime() });
        const request = { key: utf8('a'), rangeEnd: new Uint8Array([0]), prevKv: true };
        const watcher = hub.watch(request, () => undefined);
        const told: unknown[] = [];
        const expected: unknown[] = [];
        const stream = kv.watch(request)[Symbol.asyncIterator]();
        await stream.next();
        watcher.poll();
        for (const [index, command] of commands.entries()) {
          if (index === copyAt) {
            const { revision } = space;
            space = copyOf(space, 2);
            hub.resync(revision);
          }
          const before = space.revision;
          const [ours, theirs] = [
            await outcomeOf(() => runModel(space, hub, command)),
            await outcomeOf(() => {
              if (command.type === 'range') return kv.range(command.request);
              if (command.type === 'txn') return kv.txn(command.request);
              if (command.type === 'lease-grant') return kv.leaseGrant(command).then(() => undefined);
              return command.type === 'compact' ? kv.compact(command.revision) : kv.leaseRevoke(command.id);
            }),
          ];
          expect(ours).toEqual(theirs);
          while (space.sweep(1)) if (index % 2) break;
          for (let at = before; at < space.revision; at++) {
            for (let answer: WatchResponse | undefined = watcher.poll(); answer; answer = watcher.poll())
              if (answer.type === 'events') told.push(...answer.events.map(plainEvent));
            const { value: response } = await stream.next();
            if (response?.type === 'events') expected.push(...response.events.map(plainEvent));
          }
        }
        expect(told).toEqual(expected);
        expect(space.revision).toBe((await kv.status()).header.revision);
        while (space.sweep(100));
        expect(copyOf(space, 3).hash()).toBe(space.hash());
        expect(copyOf(space, 3).sizeBytes).toBe(space.sizeBytes);
        expect(space.sizeBytes).toBe((await kv.status()).dbSizeBytes);
        kv.close();
      }),
      { numRuns: 400 },
    );
  });
});
