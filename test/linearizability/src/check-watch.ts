import { compareBytes } from '@trireme/base';
import type { KeyValue, KvEvent, Revision, WatchRequest, WatchResponse } from '@trireme/ports';
import { keyText } from './kv-history.ts';
import { createRangeTest } from './kv-space.ts';

/** What one watch was told, from its first response to its last. */
export interface WatchRecord {
  readonly request: WatchRequest;
  readonly responses: readonly WatchResponse[];
  /** The stream said of itself that it was over. Otherwise the watcher left it, or lost it. */
  readonly ended: boolean;
}

export interface WatchCheckRequest {
  readonly watch: WatchRecord;
  /** All events of a revision, each with its `prevKv`; undefined where nobody knows them any more. */
  readonly changeAt: (revision: Revision) => readonly KvEvent[] | undefined;
  /** No compaction up to the end of the watch was asked to go beyond this. */
  readonly compactedAtMost: Revision;
  /** The watch was open and read until everything up to here must have been told. */
  readonly toldThrough?: Revision | undefined;
}

export type WatchVerdict =
  | { readonly verdict: 'ok'; readonly events: number }
  | { readonly verdict: 'violation'; readonly reason: string; readonly response: number };

/**
 * Whether a watch told each event of its range once, whole, in order and without a gap, or said `compacted` where it
 * might. Judged against what happened, which the caller knows from elsewhere.
 */
export function checkWatch(request: WatchCheckRequest): WatchVerdict {
  const { watch, toldThrough } = request;
  const follower = createFollower(request);
  for (const [at, response] of watch.responses.entries()) {
    const reason = follower.take(response, at);
    if (reason) return { verdict: 'violation', reason, response: at };
  }
  const last = watch.responses.length - 1;
  const violation = (reason: string): WatchVerdict => ({ verdict: 'violation', reason, response: last });
  const final = watch.responses.at(-1);
  if (watch.ended && final?.type !== 'compacted')
    return violation('The stream ended by itself, and did not say that its revision was compacted.');
  if (toldThrough !== undefined && final && final.type !== 'compacted') {
    const missed = follower.missedUpTo(toldThrough);
    if (missed) return violation(missed);
  }
  return { verdict: 'ok', events: follower.events };
}

interface Follower {
  readonly events: number;
  take(response: WatchResponse, at: number): string | undefined;
  missedUpTo(revision: Revision): string | undefined;
}

function createFollower({ watch, changeAt, compactedAtMost }: WatchCheckRequest): Follower {
  const { request } = watch;
  const within = createRangeTest(request);
  const wants = (event: KvEvent): boolean =>
    !request.filters?.includes(`no-${event.type}`) && within(keyText(event.kv.key));
  /** Everything before it was told. Undefined: a watch from now on, whose beginning its first event shows. */
  let next: Revision | undefined = request.startRevision || undefined;
  let created: Revision | undefined;
  let events = 0;
  let over = false;

  /** The first revision from `from` to `to` that has something for this watch. */
  const firstWanted = (from: Revision, to: Revision): Revision | undefined => {
    for (let revision = from; revision <= to; revision++) if (changeAt(revision)?.some(wants)) return revision;
    return undefined;
  };
  const takeRevision = (revision: Revision, told: readonly KvEvent[]): string | undefined => {
    if (next === undefined) next = Math.min(revision, (created ?? 0) + 1);
    if (revision < next) return `Revision ${revision} was told, and everything before ${next} had been told already.`;
    const missed = firstWanted(next, revision - 1);
    if (missed !== undefined) return `Revision ${revision} was told, and ${missed} before it was left out.`;
    next = revision + 1;
    events += told.length;
    const happened = changeAt(revision);
    return happened && compareEvents(revision, happened.filter(wants), told);
  };
  const takeEvents = (response: WatchResponse & { readonly type: 'events' }): string | undefined => {
    if (response.events.length === 0) return 'A response of type events has none.';
    let from = 0;
    for (let to = 1; to <= response.events.length; to++) {
      const revision = (response.events[from] as KvEvent).kv.modRevision;
      if (response.events[to]?.kv.modRevision === revision) continue;
      const reason = takeRevision(revision, response.events.slice(from, to));
      if (reason) return reason;
      from = to;
    }
    const last = (response.events.at(-1) as KvEvent).kv.modRevision;
    return response.revision === last ? undefined : `The response says ${response.revision}, and ends with ${last}.`;
  };
  const compareEvents = (
    revision: Revision,
    happened: readonly KvEvent[],
    told: readonly KvEvent[],
  ): string | undefined => {
    if (happened.length !== told.length)
      return `Of revision ${revision}, ${told.length} events were told, and ${happened.length} happened.`;
    for (const [index, event] of told.entries()) {
      const reason = compareEvent(happened[index] as KvEvent, event);
      if (reason) return `Of revision ${revision}, ${reason}`;
    }
    return undefined;
  };
  const compareEvent = (happened: KvEvent, told: KvEvent): string | undefined => {
    const name = keyText(told.kv.key);
    if (happened.type !== told.type || !isSame(happened.kv, told.kv))
      return `the ${told.type} of ${name} was told wrongly.`;
    if (!request.prevKv) return told.prevKv ? `${name} came with a prevKv that nobody asked for.` : undefined;
    if (told.prevKv)
      return happened.prevKv && !isSame(happened.prevKv, told.prevKv) ? `the prevKv of ${name} is wrong.` : undefined;
    // What was before is gone where the revision itself was compacted.
    const may = !happened.prevKv || told.kv.modRevision <= compactedAtMost;
    return may ? undefined : `${name} came without the prevKv that was asked for.`;
  };

  return {
    get events() {
      return events;
    },
    take(response, at) {
      if (over) return 'Something was told after the end.';
      if ((response.type === 'created') !== (at === 0)) return `The response ${at} is of type ${response.type}.`;
      if (response.type === 'created') {
        created = response.revision;
        return undefined;
      }
      if (response.type === 'events') return takeEvents(response);
      if (response.type === 'progress') {
        const missed = next === undefined ? undefined : firstWanted(next, response.revision);
        if (missed !== undefined) return `Progress to ${response.revision} was told, and ${missed} was left out.`;
        next = Math.max(next ?? 0, response.revision + 1);
        return undefined;
      }
      over = true;
      const { compactRevision } = response;
      if (compactRevision > compactedAtMost)
        return `Revision ${compactRevision} was said to be compacted, and nobody asked for that.`;
      if (next !== undefined && compactRevision < next)
        return `Revision ${compactRevision} was said to be compacted, and the watch was at ${next} already.`;
      return undefined;
    },
    missedUpTo(revision) {
      const from = next ?? (created === undefined ? undefined : created + 1);
      const missed = from === undefined ? undefined : firstWanted(from, revision);
      return missed === undefined ? undefined : `Revision ${missed} was never told, although there was time.`;
    },
  };
}

function isSame(a: KeyValue, b: KeyValue): boolean {
  return (
    a.modRevision === b.modRevision &&
    a.createRevision === b.createRevision &&
    a.version === b.version &&
    a.lease === b.lease &&
    compareBytes(a.key, b.key) === 0 &&
    compareBytes(a.value, b.value) === 0
  );
}
