import type { KvEvent, Revision, WatchRequest, WatchResponse } from '@trireme/ports';
import { DamagedValueError } from './damaged-value.ts';
import { IntervalIndex } from './interval-index.ts';
import type { KeySpace } from './key-space.ts';
import { isInTextRange, isSingleKey, type TextRange, textRange } from './key-text.ts';

/** Events a watcher may have waiting before it is left to read from history. */
const maxBuffered = 1024;
/** Revisions looked at, and events told, in one poll of history: a poll must not hold the event loop. */
const maxRevisionsPerPoll = 4096;
const maxEventsPerPoll = 256;
const maxBytesPerPoll = 1 << 20;

/** One watch. `poll` tells what is next, or nothing; `wake` is called when asking again may help. */
export interface Watcher {
  /** Throws `DamagedValueError`, and ends, where an event's value cannot be read here. */
  poll(): WatchResponse | undefined;
  /** More of history waits to be read, which takes its time: not again in this turn. */
  readonly isBehind: boolean;
  requestProgress(): void;
  cancel(): void;
}

export interface WatchHub {
  watch(request: WatchRequest, wake: () => void): Watcher;
  /** Tells the revision that was just made. */
  publish(revision: Revision): void;
  /** The key space was replaced by a newer one; everything up to `told` was published before. */
  resync(told: Revision): void;
  /** After a compaction: watchers of what is gone must hear it. */
  wakeAll(): void;
  /** Idle time has passed: those who asked for progress get it. */
  progress(): void;
  readonly size: number;
}

class HubWatcher implements Watcher {
  readonly range: TextRange;
  readonly request: WatchRequest;
  readonly wake: () => void;
  readonly #space: () => KeySpace;
  readonly #onCancel: (watcher: HubWatcher) => void;
  /** The first revision that was neither told nor put in the buffer. */
  #next: Revision;
  /** Up to date but for the buffer. Otherwise the events come from history. */
  #synced = false;
  #buffer: KvEvent[] = [];
  #bufferRevision: Revision = 0;
  #created = false;
  #ended = false;
  #progressWanted = false;

  constructor(space: () => KeySpace, request: WatchRequest, wake: () => void, onCancel: (watcher: HubWatcher) => void) {
    // The empty key stands for the smallest one, as in etcd.
    this.request = request.key.length > 0 ? request : { ...request, key: new Uint8Array([0]) };
    this.range = textRange(this.request);
    this.wake = wake;
    this.#space = space;
    this.#onCancel = onCancel;
    const newest = space().revision;
    this.#next = request.startRevision || newest + 1;
    this.#synced = this.#next > newest;
  }

  get isBehind(): boolean {
    return this.#created && !this.#synced && this.#buffer.length === 0;
  }

  poll(): WatchResponse | undefined {
    if (this.#ended) return undefined;
    if (!this.#created) {
      this.#created = true;
      return { type: 'created', revision: this.#space().revision };
    }
    const response = this.#takeBuffer() ?? this.#readHistory();
    if (response) return response;
    if (!this.#progressWanted || !this.#synced) return undefined;
    this.#progressWanted = false;
    return { type: 'progress', revision: this.#space().revision };
  }

  /** The hub has an event for this watcher, of `revision`; nobody has read it yet. */
  offer(revision: Revision, event: LazyEvent): void {
    if (!this.#synced || revision < this.#next) return;
    if (this.request.filters?.includes(`no-${event.type}`)) return;
    if (this.#buffer.length >= maxBuffered && revision !== this.#bufferRevision) {
      // Too slow: what waits is kept, the rest is in history.
      this.#readFrom(this.#bufferRevision + 1);
      return;
    }
    try {
      this.#buffer.push(event.read(this.request.prevKv ?? false));
    } catch (error) {
      if (!(error instanceof DamagedValueError)) throw error;
      // Told when the reader comes to it, and to nobody else. What was taken of this revision goes with it.
      dropRevision(this.#buffer, revision);
      this.#bufferRevision = revision - 1;
      this.#readFrom(revision);
      return;
    }
    this.#bufferRevision = revision;
  }

  #readFrom(revision: Revision): void {
    this.#synced = false;
    this.#next = revision;
  }

  resync(told: Revision): void {
    if (this.#synced) this.#next = Math.max(this.#next, told + 1);
    this.#synced = false;
    this.wake();
  }

  requestProgress(): void {
    this.#progressWanted = true;
    this.wake();
  }

  cancel(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#buffer = [];
    this.#onCancel(this);
  }

  #takeBuffer(): WatchResponse | undefined {
    if (this.#buffer.length === 0) return undefined;
    const events = this.#buffer;
    this.#buffer = [];
    return { type: 'events', revision: this.#bufferRevision, events };
  }

  #readHistory(): WatchResponse | undefined {
    if (this.#synced) return undefined;
    const space = this.#space();
    if (this.#next < space.compactRevision) {
      const { compactRevision } = space;
      this.cancel();
      return { type: 'compacted', compactRevision };
    }
    const events: KvEvent[] = [];
    let last = 0;
    let bytes = 0;
    const end = Math.min(space.revision, this.#next + maxRevisionsPerPoll - 1);
    while (this.#next <= end && events.length < maxEventsPerPoll && bytes < maxBytesPerPoll) {
      const revision = this.#next;
      try {
        space.visitChange(revision, (text, id) => {
          if (!this.#wants(text, space.typeOf(id))) return;
          const event = space.event(id, (this.request.prevKv ?? false) && revision > space.compactRevision);
          events.push(event);
          bytes += event.kv.value.length + (event.prevKv?.value.length ?? 0);
        });
      } catch (error) {
        // What came before it is told first.
        dropRevision(events, revision);
        if (!(error instanceof DamagedValueError) || events.length === 0) {
          this.cancel();
          throw error;
        }
        break;
      }
      last = events.at(-1)?.kv.modRevision ?? 0;
      this.#next += 1;
    }
    if (this.#next > space.revision) this.#synced = true;
    if (events.length > 0) return { type: 'events', revision: last, events };
    // Nothing for this one so far, and more to look at in another turn.
    if (!this.#synced) this.wake();
    return undefined;
  }

  #wants(text: string, type: KvEvent['type']): boolean {
    return !this.request.filters?.includes(`no-${type}`) && isInTextRange(this.range, text);
  }
}

function dropRevision(events: KvEvent[], revision: Revision): void {
  while (events.at(-1)?.kv.modRevision === revision) events.pop();
}

/** An event that is read when the first watcher wants it, and then shared by all. */
class LazyEvent {
  readonly type: KvEvent['type'];
  readonly #space: KeySpace;
  readonly #id: number;
  readonly #hasPrevious: boolean;
  #plain: KvEvent | undefined;
  #withPrevious: KvEvent | undefined;

  constructor(space: KeySpace, revision: Revision, id: number) {
    this.type = space.typeOf(id);
    this.#space = space;
    this.#id = id;
    this.#hasPrevious = revision > space.compactRevision;
  }

  read(withPrevious: boolean): KvEvent {
    if (withPrevious && this.#hasPrevious) {
      this.#withPrevious ??= this.#space.event(this.#id, true);
      return this.#withPrevious;
    }
    this.#plain ??= this.#space.event(this.#id, false);
    return this.#plain;
  }
}

/** `space` is asked anew each time, since a snapshot replaces it. */
export function createWatchHub(space: () => KeySpace): WatchHub {
  const byKey = new Map<string, Set<HubWatcher>>();
  const ranges = new IntervalIndex<HubWatcher>();
  const all = new Set<HubWatcher>();
  const drop = (watcher: HubWatcher): void => {
    all.delete(watcher);
    if (!isOfOneKey(watcher)) {
      ranges.remove(watcher.range, watcher);
      return;
    }
    const sameKey = byKey.get(watcher.range.from);
    if (sameKey?.delete(watcher) && sameKey.size === 0) byKey.delete(watcher.range.from);
  };
  return {
    get size() {
      return all.size;
    },
    watch(request, wake) {
      const watcher = new HubWatcher(space, request, wake, drop);
      all.add(watcher);
      if (!isOfOneKey(watcher)) ranges.add(watcher.range, watcher);
      else {
        const sameKey = byKey.get(watcher.range.from);
        if (sameKey) sameKey.add(watcher);
        else byKey.set(watcher.range.from, new Set([watcher]));
      }
      return watcher;
    },
    publish(revision) {
      if (all.size === 0) return;
      const told = new Set<HubWatcher>();
      const current = space();
      current.visitChange(revision, (text, id) => {
        const event = new LazyEvent(current, revision, id);
        const offer = (watcher: HubWatcher): void => {
          watcher.offer(revision, event);
          told.add(watcher);
        };
        byKey.get(text)?.forEach(offer);
        ranges.visit(text, offer);
      });
      for (const watcher of told) watcher.wake();
    },
    resync(told) {
      for (const watcher of [...all]) watcher.resync(told);
    },
    wakeAll() {
      for (const watcher of [...all]) watcher.wake();
    },
    progress() {
      for (const watcher of all) if (watcher.request.progressNotify) watcher.requestProgress();
    },
  };
}

/** Those are found by the key itself. */
function isOfOneKey({ request }: HubWatcher): boolean {
  return isSingleKey(request);
}
