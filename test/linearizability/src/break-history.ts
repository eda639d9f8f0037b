import { equalBytes } from '@trireme/base';
import type { KeyValue, Revision } from '@trireme/ports';
import type { SeededRandom } from '@trireme/testkit';
import { isKnown } from './history.ts';
import { hasWritten, type KvHistory, type KvInput, type KvOperation, type KvOutput } from './kv-history.ts';
import type { KnownKvOperation } from './real-time-order.ts';

/**
 * Ways to break a history of single keys so that no order can explain it. Each gives every broken history it can make
 * from a valid one whose values are put only once; the reasons stand with them.
 */
export const breakages: Readonly<Record<string, (history: KvHistory) => readonly KvHistory[]>> = {
  staleRead,
  staleReadWithOldHeader,
  lostUpdate,
  duplicateApply,
  lostAfterRead,
  reorderedWrites,
  doubleSwap,
  valueFromNowhere,
};

/** One of the histories that `name` makes, or undefined when it makes none. */
export function breakHistory(name: string, history: KvHistory, random: SeededRandom): KvHistory | undefined {
  const broken = breakages[name]?.(history) ?? [];
  return broken.length > 0 ? random.pick(broken) : undefined;
}

/** A read by one key, which found it. */
interface Read {
  readonly operation: KnownKvOperation;
  readonly kv: KeyValue;
}

/** An acknowledged write of one put, by hand or as a swap that succeeded. */
interface Write {
  readonly operation: KnownKvOperation;
  readonly kv: Pick<KeyValue, 'key' | 'value'>;
  readonly revision: Revision;
}

/** A read shows what a write, acknowledged before the read was called, had replaced. */
function staleRead(history: KvHistory): readonly KvHistory[] {
  return staleViews(history).map(({ read, old }) => replace(history, [[read.operation, showing(read, old)]]));
}

/** The same from a member that lags as a whole, and says so in its header. */
function staleReadWithOldHeader(history: KvHistory): readonly KvHistory[] {
  return staleViews(history).map(({ read, old }) =>
    replace(history, [[read.operation, showing(read, old, old.modRevision)]]),
  );
}

/** An acknowledged write is gone: everybody goes on to see what it replaced. */
function lostUpdate(history: KvHistory): readonly KvHistory[] {
  return staleViews(history).map(({ read, old }) => {
    const fooled = readsOf(history).filter(({ kv }) => sameVersion(kv, read.kv));
    return replace(
      history,
      fooled.map((one) => [one.operation, showing(one, old)] as const),
    );
  });
}

/** A put comes back after another had replaced it, as if it had been applied once more. */
function duplicateApply(history: KvHistory): readonly KvHistory[] {
  const fresh = newestIn(history) + 1;
  return staleViews(history).map(({ read, old }) => {
    const again = { ...old, createRevision: read.kv.createRevision, modRevision: fresh, version: read.kv.version + 1 };
    return replace(history, [[read.operation, showing(read, again, fresh)]]);
  });
}

/** A write that nobody acknowledged is seen by one read, and not by a later one that finds what was there before. */
function lostAfterRead(history: KvHistory): readonly KvHistory[] {
  const fresh = newestIn(history) + 1;
  return openPuts(history).flatMap(({ operation, kv: lost }) =>
    readsOf(history).flatMap((first) => {
      if (!equalBytes(first.kv.key, lost.key) || operation.calledAt > first.operation.calledAt) return [];
      const later = readsOf(history).some(
        (second) => sameVersion(second.kv, first.kv) && second.operation.calledAt > first.operation.returnedAt,
      );
      const seen = { ...first.kv, value: lost.value, modRevision: fresh, version: first.kv.version + 1 };
      return later ? [replace(history, [[first.operation, showing(first, seen, fresh)]])] : [];
    }),
  );
}

/** Two writes of one key change places, though the first was acknowledged before the second was called. */
function reorderedWrites(history: KvHistory): readonly KvHistory[] {
  const writes = writesOf(history);
  return writes.flatMap((first) =>
    writes.flatMap((second) => {
      if (!equalBytes(first.kv.key, second.kv.key)) return [];
      if (first.operation.returnedAt >= second.operation.calledAt) return [];
      return [
        replace(history, [
          [first.operation, withRevision(first.operation.output, second.revision)],
          [second.operation, withRevision(second.operation.output, first.revision)],
        ]),
      ];
    }),
  );
}

/** A swap succeeds though an acknowledged swap had already replaced what it expected. */
function doubleSwap(history: KvHistory): readonly KvHistory[] {
  const fresh = newestIn(history) + 1;
  const known = history.filter(isKnown);
  const swaps = known.filter(({ output }) => output.type === 'txn' && output.response.succeeded);
  return swaps.flatMap((winner) => {
    const expected = swapOf(winner.input);
    if (!expected || expected.value === 0) return [];
    return known.flatMap((loser) => {
      const wanted = swapOf(loser.input);
      if (!wanted || wanted.value !== expected.value || !equalBytes(wanted.key, expected.key)) return [];
      if (loser.calledAt <= winner.returnedAt || hasWritten(loser.output)) return [];
      const header = { clusterId: 0n, memberId: 0n, revision: fresh, raftTerm: 0 };
      const response = { header, succeeded: true, responses: [{ type: 'put', response: {} } as const] };
      return isPutting(loser.input) ? [replace(history, [[loser, { type: 'txn', response }]])] : [];
    });
  });
}

/** A read shows a value that nobody put. */
function valueFromNowhere(history: KvHistory): readonly KvHistory[] {
  const value = new TextEncoder().encode('nowhere');
  return readsOf(history).map((read) => replace(history, [[read.operation, showing(read, { ...read.kv, value })]]));
}

/** Reads of a version acknowledged before them, each with an older version of the key that some read has shown. */
function staleViews(history: KvHistory): readonly { readonly read: Read; readonly old: KeyValue }[] {
  const reads = readsOf(history);
  const writes = writesOf(history);
  return reads.flatMap((read) => {
    const write = writes.find(({ revision }) => revision === read.kv.modRevision);
    if (!write || write.operation.returnedAt >= read.operation.calledAt) return [];
    const old = reads.find(({ kv }) => equalBytes(kv.key, read.kv.key) && kv.modRevision < read.kv.modRevision);
    return old ? [{ read, old: old.kv }] : [];
  });
}

function readsOf(history: KvHistory): readonly Read[] {
  return history.filter(isKnown).flatMap((operation) => {
    const kv = operation.output.type === 'range' ? operation.output.response.kvs[0] : undefined;
    return kv ? [{ operation, kv }] : [];
  });
}

function writesOf(history: KvHistory): readonly Write[] {
  return history.filter(isKnown).flatMap((operation) => {
    const kv = putOf(operation.input);
    const wrote = kv && hasWritten(operation.output);
    return wrote ? [{ operation, kv, revision: operation.output.response.header.revision }] : [];
  });
}

function openPuts(history: KvHistory): readonly { readonly operation: KvOperation; readonly kv: Write['kv'] }[] {
  return history.flatMap((operation) => {
    const kv = isKnown(operation) || swapOf(operation.input) ? undefined : putOf(operation.input);
    return kv ? [{ operation, kv }] : [];
  });
}

function putOf(input: KvInput): Write['kv'] | undefined {
  const first = input.type === 'txn' ? input.request.success?.[0] : undefined;
  return first?.type === 'put' ? first.request : undefined;
}

function isPutting(input: KvInput): boolean {
  return putOf(input) !== undefined;
}

function swapOf(input: KvInput): { readonly key: Uint8Array; readonly value: number } | undefined {
  const guard = input.type === 'txn' ? input.request.compare?.[0] : undefined;
  return guard?.target === 'mod' ? guard : undefined;
}

function sameVersion(a: KeyValue, b: KeyValue): boolean {
  return a.modRevision === b.modRevision && equalBytes(a.key, b.key);
}

function newestIn(history: KvHistory): Revision {
  return history.filter(isKnown).reduce((newest, { output }) => Math.max(newest, output.response.header.revision), 1);
}

function showing({ operation }: Read, kv: KeyValue, revision?: Revision): KvOutput {
  const { output } = operation;
  if (output.type !== 'range') return output;
  return withRevision(
    { type: 'range', response: { ...output.response, kvs: [kv] } },
    revision ?? output.response.header.revision,
  );
}

function withRevision(output: KvOutput, revision: Revision): KvOutput {
  const header = { ...output.response.header, revision };
  return output.type === 'range'
    ? { type: 'range', response: { ...output.response, header } }
    : { type: 'txn', response: { ...output.response, header } };
}

function replace(history: KvHistory, changes: readonly (readonly [KvOperation, KvOutput])[]): KvHistory {
  const outputs = new Map(changes);
  return history.map((operation) => {
    const output = outputs.get(operation);
    return output && isKnown(operation) ? { ...operation, output } : operation;
  });
}
