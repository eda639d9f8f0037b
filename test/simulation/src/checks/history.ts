import {
  checkLinearizable,
  checkRevisionOrder,
  checkWatch,
  createRegisterModel,
  isKnown,
  type KnownOperation,
  type KvHistory,
  type KvInput,
  type KvOutput,
  type RegisterHistory,
  toKeyHistory,
} from '@trireme/linearizability';
import type { Op, OpResponse } from '@trireme/ports';
import { singlePrefix } from '../clients/operations.ts';
import type { Watched } from '../clients/watcher.ts';
import type { World } from '../world/world.ts';
import { type Truth, textOf } from './truth.ts';

/** A limit reached is a failure: nothing was proven. */
const limit = { steps: 2_000_000 };
const mostOpen = 6;

/** Judges all that clients were told, when the run is over. */
export function checkHistory(world: World, history: KvHistory, truth: Truth): void {
  checkAcknowledged(world, history, truth);
  const answered = new Set(history.flatMap((operation) => (isKnown(operation) ? [writtenAt(operation)] : [])));
  const order = checkRevisionOrder({ history: [...history, ...truth.witness(answered)], limit });
  if (order.verdict !== 'ok') world.fail('linearizability', `${order.verdict}\n${order.timeline}`);
  const registers = leaveOutUncertain(toKeyHistory(history.filter(({ input }) => isOfSingleKeys(input))));
  const keys = checkLinearizable({ model: createRegisterModel(), history: registers, limit });
  if (keys.verdict !== 'ok') world.fail('linearizability-by-key', `${keys.verdict}\n${keys.timeline}`);
}

/** The revision that this operation made; 0 for one that wrote nothing. */
function writtenAt({ output }: KnownOperation<KvInput, KvOutput>): number {
  if (output.type === 'range') return 0;
  const wrote = (response: OpResponse): boolean =>
    response.type === 'put' || (response.type === 'delete-range' && response.response.deleted > 0);
  return output.response.responses.some(wrote) ? output.response.header.revision : 0;
}

/**
 * A key with many open operations has more orders than can be tried: those are left to the check by revisions, which
 * has just judged them.
 */
function leaveOutUncertain(history: RegisterHistory): RegisterHistory {
  const open = new Map<string, number>();
  const keyOf = ({ input }: RegisterHistory[number]): string => ('key' in input ? input.key : input.keys.join());
  for (const operation of history)
    if (!isKnown(operation)) open.set(keyOf(operation), (open.get(keyOf(operation)) ?? 0) + 1);
  return history.filter((operation) => (open.get(keyOf(operation)) ?? 0) <= mostOpen);
}

function isOfSingleKeys(input: KvInput): boolean {
  if (input.type === 'lease-end') return false;
  const keys =
    input.type === 'range'
      ? [input.request.key]
      : [...(input.request.compare ?? []), ...opsOf(input).map(({ request }) => request as { key: Uint8Array })].map(
          ({ key }) => key,
        );
  return keys.every((key) => textOf(key).startsWith(singlePrefix));
}

function opsOf(input: KvInput & { readonly type: 'txn' }): readonly Op[] {
  return [...(input.request.success ?? []), ...(input.request.failure ?? [])];
}

/** No acknowledged write is lost: each is found in what members told of its revision. */
function checkAcknowledged(world: World, history: KvHistory, truth: Truth): void {
  for (const operation of history) {
    if (!isKnown(operation) || operation.input.type !== 'txn' || operation.output.type !== 'txn') continue;
    const { request } = operation.input;
    const { response } = operation.output;
    for (const op of (response.succeeded ? request.success : request.failure) ?? []) {
      if (op.type !== 'put') continue;
      const { revision } = response.header;
      const events = truth.changeAt(revision);
      // What was compacted before anybody told it is gone for good reason.
      if (!events && revision <= world.compactAsked) continue;
      const text = `${textOf(op.request.key)}=${textOf(op.request.value)}`;
      if (!events?.some(({ kv }) => `${textOf(kv.key)}=${textOf(kv.value)}` === text))
        world.fail('acknowledged', `the write of ${text} was acknowledged at revision ${revision}, and is not there`);
    }
  }
}

export function checkWatches(world: World, watched: readonly Watched[], truth: Truth): void {
  for (const watch of watched) {
    const { request, compactedAtMost, open, on } = watch;
    const toldThrough = open ? truth.last : undefined;
    const verdict = checkWatch({ watch, changeAt: truth.changeAt, compactedAtMost, toldThrough });
    if (verdict.verdict === 'ok') {
      world.count('watches checked');
      continue;
    }
    const what = `${textOf(request.key)} to ${textOf(request.rangeEnd ?? new Uint8Array(0))} from ${request.startRevision}`;
    const told = watch.responses.slice(Math.max(0, verdict.response - 3), verdict.response + 1).map(describeResponse);
    world.fail('watch', `the watch of ${what} on member ${on}: ${verdict.reason}\n${told.join('\n')}`);
  }
}

function describeResponse(response: Watched['responses'][number]): string {
  if (response.type === 'compacted') return `compacted ${response.compactRevision}`;
  const events = response.type === 'events' ? response.events : [];
  return `${response.type} ${response.revision} ${events.map(({ type, kv }) => `${type} ${textOf(kv.key)}@${kv.modRevision}`).join(' ')}`;
}
