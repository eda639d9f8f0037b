import { utf8 } from '@trireme/base';
import type { Op } from '@trireme/ports';
import type { SeededRandom } from '@trireme/testkit';
import type { KvHistory, KvInput, KvOperation, KvOutput } from './kv-history.ts';
import { createKvSpace, type KvSpace } from './kv-space.ts';
import { evaluateKv } from './kv-spec.ts';

export interface GenerateOptions {
  readonly clients: number;
  readonly operations: number;
  readonly keys: number;
  /** Share of operations whose outcome nobody learns; half of them never happen. */
  readonly openShare?: number | undefined;
  /** Share of operations that registers cannot express: ranges, transactions on two keys, the ends of leases. */
  readonly wideShare?: number | undefined;
}

/** One client's operation under way. */
interface Pending {
  readonly client: string;
  readonly calledAt: number;
  readonly input: KvInput;
  output: KvOutput | undefined;
}

const leases = [7n, 8n];

/**
 * A history that is linearizable by the way it is made: clients call, take effect and return at random times, and the
 * effect is that of the contract at one instant. Time is the number of the event. Every value is put only once.
 */
export function generateHistory(random: SeededRandom, options: GenerateOptions): KvHistory {
  const { clients, operations, openShare = 0, wideShare = 0 } = options;
  const space = createKvSpace();
  const history: KvOperation[] = [];
  const pending: (Pending | undefined)[] = Array.from({ length: clients }, () => undefined);
  const abandoned: KvInput[] = [];
  let made = 0;
  for (let now = 0; history.length < operations; now++) {
    if (abandoned.length > 0 && random.chance(0.1)) run(space, abandoned.splice(random.below(abandoned.length), 1)[0]);
    const slot = random.below(clients);
    const one = pending[slot];
    if (!one) {
      if (made === operations) continue;
      made += 1;
      const wide = random.chance(wideShare);
      const input = wide ? randomWide(random, options.keys, made) : randomSingle(random, space, options.keys, made);
      pending[slot] = { client: `c${slot}.${made}`, calledAt: now, input, output: undefined };
    } else if (one.input.type === 'lease-end' || random.chance(openShare)) {
      history.push({ client: one.client, calledAt: one.calledAt, returnedAt: 'unknown', input: one.input });
      if (!one.output && random.chance(0.5)) abandoned.push(one.input);
      pending[slot] = undefined;
    } else if (one.output) {
      history.push({
        client: one.client,
        calledAt: one.calledAt,
        returnedAt: now,
        input: one.input,
        output: one.output,
      });
      pending[slot] = undefined;
    } else one.output = run(space, one.input);
  }
  return history.sort((a, b) => a.calledAt - b.calledAt);
}

function run(space: KvSpace, input: KvInput | undefined): KvOutput | undefined {
  if (!input) return undefined;
  const { output, changes } = evaluateKv(space, space.revision, input);
  if (changes.size > 0) space.write(changes);
  return output;
}

function randomSingle(random: SeededRandom, space: KvSpace, keys: number, serial: number): KvInput {
  const key = keyAt(random.below(keys));
  const roll = random.float();
  if (roll < 0.4) return { type: 'range', request: { key } };
  const put: Op = { type: 'put', request: { key, value: utf8(`v${serial}`) } };
  if (roll < 0.65) return { type: 'txn', request: { success: [put] } };
  if (roll < 0.75) return { type: 'txn', request: { success: [{ type: 'delete-range', request: { key } }] } };
  const present = space.at(space.revision).read({ key })[0]?.modRevision ?? 0;
  // Now and then what a client expects is out of date.
  const value = random.chance(0.3) ? Math.max(0, present - 1) : present;
  const write: Op = value > 0 && random.chance(0.2) ? { type: 'delete-range', request: { key } } : put;
  const compare = [{ key, target: 'mod', result: 'equal', value } as const];
  const failure: readonly Op[] = [{ type: 'range', request: { key } }];
  return { type: 'txn', request: { compare, success: [write], failure } };
}

function randomWide(random: SeededRandom, keys: number, serial: number): KvInput {
  const first = random.below(keys);
  const roll = random.float();
  const range = { key: keyAt(first), rangeEnd: utf8('l') };
  if (roll < 0.3) return { type: 'range', request: { ...range, limit: random.below(3) } };
  if (roll < 0.4) return { type: 'lease-end', lease: random.pick(leases) };
  if (roll < 0.5)
    return { type: 'txn', request: { success: [{ type: 'delete-range', request: { ...range, prevKv: true } }] } };
  const puts = [first, (first + 1) % keys].map((at, place): Op => {
    const lease = random.chance(0.3) ? random.pick(leases) : 0n;
    return { type: 'put', request: { key: keyAt(at), value: utf8(`v${serial}-${place}`), lease, prevKv: true } };
  });
  return { type: 'txn', request: { success: keys > 1 ? puts : puts.slice(0, 1) } };
}

function keyAt(index: number): Uint8Array {
  return utf8(`k${index}`);
}
