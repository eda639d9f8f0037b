import { statusErrors } from '@trireme/api-machinery';
import { type Bytes, concatBytes, createDeferred, type Deferred } from '@trireme/base';
import type { CancelSignal, Time, Timer } from '@trireme/ports';
import type { CacheEvent, CacheListener, ResourceCache } from '../store/resource-cache.ts';
import type { StoredObject } from '../store/stored-object.ts';
import type { Renderer } from './render.ts';
import type { Selection } from './selection.ts';

export interface WatchStreamOptions {
  readonly cache: ResourceCache;
  readonly selection: Selection;
  readonly renderer: Renderer;
  readonly time: Time;
  /** Events after this revision are sent. */
  readonly fromRevision: number;
  /** Sent first, as ADDED. */
  readonly initial: readonly StoredObject[];
  /** After the initial objects: a bookmark that says that they are all, as of this revision. */
  readonly initialEventsEnd?: number | undefined;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
  /** How far the caches are, for bookmarks. */
  currentRevision(): number;
  /** How many bytes may wait for a slow client. */
  readonly bufferBytes: number;
  readonly breathe: () => Promise<void>;
  /** The client went away, perhaps before it read anything. */
  readonly signal: CancelSignal | undefined;
}

const bookmarkEveryMs = 60_000;
const cork = 128 * 1024;

/**
 * The body of a watch: all waiting frames in one piece whenever the reader asks. A reader too slow for its buffer is ended;
 * it comes back with the revision it has seen.
 */
export function createWatchStream(options: WatchStreamOptions): AsyncIterable<Bytes> {
  const state = createWatchState(options);
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = frames(options, state);
      return {
        next: () => iterator.next(),
        async return() {
          state.end();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

interface WatchState {
  /** All that waits, at most about `cork` bytes; undefined at the end. Waits for the first. */
  take(): Promise<Bytes | undefined>;
  start(): void;
  push(frame: Bytes): void;
  end(): void;
}

async function* frames(options: WatchStreamOptions, state: WatchState): AsyncGenerator<Bytes> {
  const { renderer, initial } = options;
  try {
    let pieces: Bytes[] = [];
    let size = 0;
    for (const stored of initial) {
      const frame = renderer.frame('ADDED', stored);
      pieces.push(frame);
      size += frame.length;
      if (size < cork) continue;
      yield concatBytes(pieces);
      pieces = [];
      size = 0;
      await options.breathe();
    }
    if (options.initialEventsEnd !== undefined) pieces.push(renderer.bookmark(options.initialEventsEnd, true));
    if (pieces.length > 0) yield concatBytes(pieces);
    state.start();
    for (;;) {
      const piece = await state.take();
      if (!piece) return;
      yield piece;
    }
  } finally {
    state.end();
  }
}

function createWatchState(options: WatchStreamOptions): WatchState {
  const { cache, renderer, time } = options;
  let waiting: Bytes[] = [];
  let waitingBytes = 0;
  let ended = false;
  let started = false;
  let reader: Deferred<void> | undefined;
  let lastSent = options.fromRevision;
  let nextBookmark: Timer | undefined;
  let deadline: Timer | undefined;

  const wake = (): void => {
    reader?.resolve();
    reader = undefined;
  };
  const end = (): void => {
    if (ended) return;
    ended = true;
    leave();
    nextBookmark?.cancel();
    deadline?.cancel();
    options.signal?.removeEventListener('abort', end);
    wake();
  };
  const push = (frame: Bytes): void => {
    if (ended) return;
    waiting.push(frame);
    waitingBytes += frame.length;
    if (waitingBytes > options.bufferBytes) end();
    else if (started) wake();
  };
  const listener: CacheListener = {
    event(event) {
      const change = changeFor(options.selection, event);
      if (!change) return;
      lastSent = event.revision;
      push(renderer.frame(change.type, change.stored));
    },
    lost(why) {
      // A client of a server that stops goes on elsewhere, from the version it has seen.
      if (why === 'gap') push(renderer.error(statusErrors.watchExpired().status));
      end();
    },
  };
  const bookmark = (): void => {
    const revision = options.currentRevision();
    if (revision > lastSent) {
      lastSent = revision;
      push(renderer.bookmark(revision, false));
    }
    nextBookmark = time.after(bookmarkEveryMs, bookmark);
  };
  let leave = (): void => undefined;
  leave = cache.subscribe(listener, options.fromRevision);
  if (options.bookmarks) nextBookmark = time.after(bookmarkEveryMs, bookmark);
  deadline = time.after(options.timeoutMs, end);
  options.signal?.addEventListener('abort', end);
  if (options.signal?.aborted) end();

  return {
    push,
    end,
    start() {
      started = true;
    },
    async take() {
      if (waiting.length === 0 && !ended) {
        reader = createDeferred();
        await reader.promise;
      }
      if (waiting.length === 0) return undefined;
      const whole = waiting.length === 1 ? (waiting[0] as Bytes) : concatBytes(waiting);
      waiting = [];
      waitingBytes = 0;
      return whole;
    },
  };
}

/** What an event means to a watcher with a selection: an object that stops matching is deleted for it. */
function changeFor(
  selection: Selection,
  event: CacheEvent,
): { readonly type: CacheEvent['type']; readonly stored: StoredObject } | undefined {
  if (!event.stored.key.startsWith(selection.prefix)) return undefined;
  if (selection.everything) return event;
  const before = event.before !== undefined && selection.matches(event.before);
  if (event.type === 'DELETED') return before ? event : undefined;
  const now = selection.matches(event.stored);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', stored: event.stored };
  return before && event.before ? { type: 'DELETED', stored: event.before.at(event.revision) } : undefined;
}
