import type { KvEvent, Revision, WatchRequest, WatchResponse } from '@trireme/ports';
import type { Change } from './change-log.ts';
import type { KeySpace } from './key-space.ts';
import { isInTextRange, isSingleKey, keyText, type TextRange, textRange } from './key-text.ts';

/** Events a watcher may have waiting before it is left to read from history. */
const maxBuffered = 1024;
/** Revisions looked at, and events told, in one poll of history: a poll must not hold the event loop. */
const maxRevisionsPerPoll = 4096;
const maxEventsPerPoll = 1024;

/** One watch. `poll` tells what is next, or nothing; `wake` is called when asking again may help. */
export interface Watcher {
  poll(): WatchResponse | undefined;
  requestProgress(): void;
  cancel(): void;
}

export interface WatchHub {
  watch(request: WatchRequest, wake: () => void): Watcher;
  /** Tells a change that was applied. */
  publish(change: Change): void;
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

  /** The hub has an event for this watcher, of `revision`. */
  offer(revision: Revision, event: KvEvent): void {
    if (!this.#synced || revision < this.#next) return;
    if (this.request.filters?.includes(`no-${event.type}`)) return;
    if (this.#buffer.length >= maxBuffered && revision !== this.#bufferRevision) {
      // Too slow: what waits is kept, the rest is in history.
      this.#synced = false;
      this.#next = this.#bufferRevision + 1;
      return;
    }
    this.#buffer.push(this.#strip(event, revision));
    this.#bufferRevision = revision;
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
    const end = Math.min(space.revision, this.#next + maxRevisionsPerPoll - 1);
    while (this.#next <= end && events.length < maxEventsPerPoll) {
      const change = space.changeAt(this.#next);
      for (const event of change?.events ?? []) {
        if (!this.#wants(event)) continue;
        events.push(this.#strip(event, this.#next));
        last = this.#next;
      }
      this.#next += 1;
    }
    if (this.#next > space.revision) this.#synced = true;
    if (events.length > 0) return { type: 'events', revision: last, events };
    // Nothing for this one so far, and more to look at in another turn.
    if (!this.#synced) this.wake();
    return undefined;
  }

  #wants(event: KvEvent): boolean {
    return !this.request.filters?.includes(`no-${event.type}`) && isInTextRange(this.range, keyText(event.kv.key));
  }

  #strip(event: KvEvent, revision: Revision): KvEvent {
    if (event.prevKv === undefined) return event;
    if (this.request.prevKv && revision > this.#space().compactRevision) return event;
    return { type: event.type, kv: event.kv };
  }
}

/** `space` is asked anew each time, since a snapshot replaces it. */
export function createWatchHub(space: () => KeySpace): WatchHub {
  const byKey = new Map<string, Set<HubWatcher>>();
  const ranges = new Set<HubWatcher>();
  const all = new Set<HubWatcher>();
  const drop = (watcher: HubWatcher): void => {
    all.delete(watcher);
    ranges.delete(watcher);
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
      if (!isSingleKey(request) || request.key.length === 0) ranges.add(watcher);
      else {
        const sameKey = byKey.get(watcher.range.from);
        if (sameKey) sameKey.add(watcher);
        else byKey.set(watcher.range.from, new Set([watcher]));
      }
      return watcher;
    },
    publish(change) {
      const told = new Set<HubWatcher>();
      for (const event of change.events) {
        const text = keyText(event.kv.key);
        for (const watcher of byKey.get(text) ?? []) {
          watcher.offer(change.revision, event);
          told.add(watcher);
        }
        for (const watcher of ranges) {
          if (!isInTextRange(watcher.range, text)) continue;
          watcher.offer(change.revision, event);
          told.add(watcher);
        }
      }
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
