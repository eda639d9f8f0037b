import type { KvHistory, KvOperation } from '@trireme/linearizability';
import type { KvEvent, Revision } from '@trireme/ports';
import { leasePrefix } from '../clients/lease-holder.ts';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import type { LeaseBook } from './lease-book.ts';

/**
 * What happened, as the members themselves tell it: every member's whole history is followed, and what one says of a
 * revision, all must say. So committed prefixes are compared change by change, as they are applied.
 */
export interface Truth {
  readonly last: Revision;
  changeAt(revision: Revision): readonly KvEvent[] | undefined;
  /**
   * What was told of the revisions that no client was answered with, as reads of what was told: they say which open
   * operation made each, and by when it had been called.
   */
  witness(answered: ReadonlySet<Revision>): KvHistory;
  tell(machine: Machine, revision: Revision, events: readonly KvEvent[]): void;
}

interface Told {
  readonly text: string;
  readonly by: bigint;
  events: readonly KvEvent[];
  /** When it was first told, by the clock of the history. */
  readonly at: number;
}

export function createTruth(world: World, leases: LeaseBook): Truth {
  const { reading } = world;
  const told = new Map<Revision, Told>();
  const revisionOf = new Map<string, Revision>();
  let last = 1;
  const checkOnce = (revision: Revision, { type, kv }: KvEvent, text: string): void => {
    if (text.startsWith(leasePrefix)) {
      if (type === 'delete') leases.keyDeleted(BigInt(text.split('/')[1] ?? 0), `the deletion of ${text}`);
      return;
    }
    if (type === 'delete') return;
    const value = textOf(kv.value);
    const before = revisionOf.get(value);
    if (before !== undefined && before !== revision)
      world.fail('applied-once', `the write of ${value} was applied twice, at ${before} and at ${revision}`);
    revisionOf.set(value, revision);
  };
  return {
    get last() {
      return last;
    },
    changeAt: (revision) => told.get(revision)?.events,
    witness(answered) {
      const history: KvOperation[] = [];
      for (const [revision, { events, at }] of told)
        if (!answered.has(revision)) for (const event of events) history.push(readOf(revision, event, at));
      return history;
    },
    tell(machine, revision, events) {
      const text = events.map(describeEvent).join(' ');
      const known = told.get(revision);
      if (!known) {
        told.set(revision, { text, by: machine.id, events, at: reading() });
        last = Math.max(last, revision);
        for (const event of events) checkOnce(revision, event, textOf(event.kv.key));
        return;
      }
      if (known.text !== text)
        world.fail(
          'committed-prefix',
          `revision ${revision} is "${known.text}" on member ${known.by} and "${text}" on member ${machine.id}`,
        );
      // Where one member had compacted what was before a change, another may still know it.
      if (events.some(({ prevKv }, at) => prevKv && !known.events[at]?.prevKv)) known.events = events;
    },
  };
}

function readOf(revision: Revision, { type, kv }: KvEvent, at: number): KvOperation {
  const kvs = type === 'put' ? [kv] : [];
  const header = { clusterId: 0n, memberId: 0n, revision, raftTerm: 0 };
  return {
    client: 'tap',
    calledAt: at,
    returnedAt: at,
    input: { type: 'range', request: { key: kv.key, serializable: true } },
    output: { type: 'range', response: { header, kvs, more: false, count: kvs.length } },
  };
}

export function textOf(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

function describeEvent({ type, kv }: KvEvent): string {
  const { createRevision, version, lease } = kv;
  return `${type} ${textOf(kv.key)}=${textOf(kv.value)} (${createRevision}, ${version}, ${lease})`;
}
