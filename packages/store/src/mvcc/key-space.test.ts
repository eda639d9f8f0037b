import { utf8 } from '@trireme/base';
import type { Compare, Header, KeyValue, KvEvent, Op, RangeRequest, TxnRequest, WatchResponse } from '@trireme/ports';
import { createMemoryKv, createVirtualTime } from '@trireme/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildKeySpace,
  type Command,
  checkRange,
  checkTxn,
  createKeySpace,
  createWatchHub,
  type GoneVersion,
  type KeySpace,
  type SpaceOptions,
} from './index.ts';

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
        sort: fc.record({ by: fc.constantFrom('key', 'mod', 'create', 'value', 'version'), descending: fc.boolean() }),
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
const chore = fc.constantFrom('nothing', 'nothing', 'store', 'sweep', 'restart');
type Step = Exclude<Command, { type: 'mark' }> | { readonly type: 'range'; readonly request: RangeRequest };
const single = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('put' as const), request: fc.record({ key, value }) }) },
  fc.record({ type: fc.constant('delete-range' as const), request: fc.record({ key }) }),
);
/** Revisions say how far back they are, so that most of them are there. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('txn' as const), request: txn }) },
  {
    weight: 16,
    arbitrary: single.map((op) => ({ type: 'txn' as const, request: { compare: [], success: [op], failure: [] } })),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('range' as const), request: rangeRequest }) },
  fc.record({ type: fc.constant('lease-grant' as const), id: fc.constantFrom(1n, 2n), ttlSeconds: fc.constant(60) }),
  fc.record({ type: fc.constant('lease-revoke' as const), id: fc.constantFrom(1n, 2n) }),
  { weight: 4, arbitrary: fc.record({ type: fc.constant('compact' as const), revision: number }) },
);

function resolve(command: Step, newest: number): Step {
  if (command.type === 'compact') return { type: 'compact', revision: newest - command.revision + 1 };
  if (command.type !== 'range' || !command.request.revision) return command;
  return {
    type: 'range',
    request: { ...command.request, revision: Math.max(0, newest - command.request.revision + 2) },
  };
}

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

interface Disk {
  readonly records: Map<string, Uint8Array>;
  readonly damaged: string[];
  stored: number;
  meta: ReturnType<KeySpace['meta']>;
}

/** Small enough that nearly everything that is stored is dropped from memory. */
function optionsOf(disk: Disk): SpaceOptions {
  const stored = {
    read: (revision: number, sub: number) => disk.records.get(`${revision}/${sub}`),
    damaged: ({ revision, sub }: { revision: number; sub: number }) => void disk.damaged.push(`${revision}/${sub}`),
  };
  return { stored, cacheBytes: 256, slabBytes: 128 };
}

function createDisk(): Disk {
  const meta = { revision: 1, compactRevision: 0, leases: [] };
  return { records: new Map(), damaged: [], stored: 1, meta };
}

function store(disk: Disk, space: KeySpace): void {
  for (const { revision, sub, record } of space.records(disk.stored, space.revision))
    disk.records.set(`${revision}/${sub}`, record);
  disk.stored = space.revision;
  disk.meta = structuredClone(space.meta());
  space.storedTo(space.revision);
}

function forget(disk: Disk, gone: readonly GoneVersion[]): void {
  for (const { revision, sub } of gone) expect(disk.records.delete(`${revision}/${sub}`)).toBe(true);
}

function sweepAll(disk: Disk, space: KeySpace, maxVersions: number, slices = Number.POSITIVE_INFINITY): void {
  const gone: GoneVersion[] = [];
  for (let i = 0; i < slices && space.sweep(maxVersions, (version) => gone.push(version)); i++);
  forget(disk, gone);
}

/** Starts again from what is stored. */
function restart(disk: Disk): KeySpace {
  const gone: GoneVersion[] = [];
  const builder = buildKeySpace(disk.meta, optionsOf(disk), (version) => gone.push(version));
  const names = [...disk.records.keys()].map((name) => name.split('/').map(Number) as [number, number]);
  for (const [revision, sub] of names.sort((x, y) => x[0] - y[0] || x[1] - y[1]))
    builder.add(revision, sub, disk.records.get(`${revision}/${sub}`) as Uint8Array);
  const space = builder.finish();
  forget(disk, gone);
  return space;
}

describe('key space', () => {
  it('does what the simple key space in memory does', async () => {
    const steps = fc.array(step, { maxLength: 40, size: 'max' });
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(chore, { minLength: 40, maxLength: 40, size: 'max' }),
        async (commands, chores) => {
          const disk = createDisk();
          let space = createKeySpace(optionsOf(disk));
          const twin = createKeySpace();
          const hub = createWatchHub(() => space);
          const kv = createMemoryKv({ time: createVirtualTime() });
          const request = { key: utf8('a'), rangeEnd: new Uint8Array([0]), prevKv: true };
          const watcher = hub.watch(request, () => undefined);
          const told: unknown[] = [];
          const expected: unknown[] = [];
          const stream = kv.watch(request)[Symbol.asyncIterator]();
          await stream.next();
          watcher.poll();
          for (const [index, asked] of commands.entries()) {
            const command = resolve(asked, space.revision);
            // What is not stored yet would be applied again from the log, so it is stored before a restart.
            if (chores[index] === 'store' || chores[index] === 'restart') store(disk, space);
            if (chores[index] === 'restart') {
              const { revision } = space;
              space = restart(disk);
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
            await outcomeOf(() =>
              runModel(
                twin,
                createWatchHub(() => twin),
                command,
              ),
            );
            // As a member does it: what is stored must not promise more than is there.
            if (chores[index] === 'sweep') {
              store(disk, space);
              sweepAll(disk, space, 1 + (index % 3), index % 2 ? 2 : undefined);
            }
            expect(space.hash()).toEqual(twin.hash());
            for (let at = before; at < space.revision; at++) {
              for (let answer: WatchResponse | undefined = watcher.poll(); answer; answer = watcher.poll())
                if (answer.type === 'events') told.push(...answer.events.map(plainEvent));
              const { value: response } = await stream.next();
              if (response?.type === 'events') expected.push(...response.events.map(plainEvent));
            }
          }
          expect(told).toEqual(expected);
          expect(space.revision).toBe((await kv.status()).header.revision);
          store(disk, space);
          sweepAll(disk, space, 100);
          expect(restart(disk).hash()).toEqual(space.hash());
          expect(restart(disk).sizeBytes).toBe(space.sizeBytes);
          expect(space.sizeBytes).toBe((await kv.status()).dbSizeBytes);
          expect(disk.records.size).toBe(space.versionCount);
          expect(disk.damaged).toEqual([]);
          kv.close();
        },
      ),
      { numRuns: 300 },
    );
  });
});
