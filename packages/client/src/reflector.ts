import { StatusError } from '@trireme/api-machinery';
import { messageOf } from '@trireme/base';
import { type CancelSignal, type Logger, type Random, sleep, type Time } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import type { ListOptions, ResourceClient, WatchEvent } from './api-client.ts';
import { type Backoff, createBackoff } from './backoff.ts';

/** Where a reflector puts what it sees. Calls are synchronous and in the order of the resource's history. */
export interface ReflectorSink<T extends ApiObject> {
  replace(objects: readonly T[], resourceVersion: string): void;
  apply(event: WatchEvent<T>): void;
}

export interface ReflectorDeps {
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

export interface ReflectorOptions {
  readonly select: Pick<ListOptions, 'namespace' | 'fieldSelector' | 'labelSelector'>;
  readonly pageSize: number;
  /** A watch is asked to last between this and twice this. */
  readonly minWatchSeconds: number;
}

// A watch that the server should have ended by now is on a connection that died without a word.
const watchGraceMs = 30_000;
// A watch that ends at once with nothing said would otherwise be asked for again in a tight loop.
const shortWatchMs = 1000;

/**
 * Lists, then watches from there, for as long as `signal` is not aborted. A watch that ends is asked for again from the
 * last version seen; one that is told 410 (its history is gone) starts over with a list. Lists are always of the newest
 * state, so the copy never goes back in time.
 */
export async function runReflector<T extends ApiObject>(
  deps: ReflectorDeps,
  client: ResourceClient<T>,
  sink: ReflectorSink<T>,
  options: ReflectorOptions,
  signal: CancelSignal,
): Promise<void> {
  const backoff = createBackoff(
    { clock: deps.time, random: deps.random },
    { initialMs: 800, maxMs: 30_000, factor: 2, jitter: 1, resetAfterMs: 120_000 },
  );
  let resourceVersion: string | undefined;
  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        const page = await client.listAll({ ...options.select, limit: options.pageSize, signal });
        if (signal.aborted) return;
        resourceVersion = page.metadata.resourceVersion ?? '0';
        sink.replace(page.items, resourceVersion);
      }
      await watchOnce(deps, client, options, signal, resourceVersion, (event) => {
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
        sink.apply(event);
      });
    } catch (error) {
      if (signal.aborted) return;
      if (isHistoryGone(error)) resourceVersion = undefined;
      await pause(deps, backoff, signal, error);
    }
  }
}

async function watchOnce<T extends ApiObject>(
  deps: ReflectorDeps,
  client: ResourceClient<T>,
  options: ReflectorOptions,
  signal: CancelSignal,
  resourceVersion: string,
  onEvent: (event: WatchEvent<T>) => void,
): Promise<void> {
  const startMs = deps.time.monotonic();
  const timeoutSeconds = Math.floor(options.minWatchSeconds * (1 + deps.random.float()));
  const attempt = new AbortController();
  const abort = (): void => attempt.abort();
  const deadline = deps.time.after(timeoutSeconds * 1000 + watchGraceMs, abort);
  signal.addEventListener('abort', abort);
  let seen = 0;
  try {
    const events = client.watch({
      ...options.select,
      resourceVersion,
      allowBookmarks: true,
      timeoutSeconds,
      signal: attempt.signal,
    });
    for await (const event of events) {
      if (signal.aborted) return;
      seen++;
      onEvent(event);
    }
  } finally {
    deadline.cancel();
    signal.removeEventListener('abort', abort);
  }
  if (seen === 0 && deps.time.monotonic() - startMs < shortWatchMs) throw new Error('the watch ended at once');
}

/** 410: the watch asked for versions that the server has compacted away. */
function isHistoryGone(error: unknown): boolean {
  return error instanceof StatusError && (error.status.code === 410 || error.code === 'Expired');
}

async function pause(deps: ReflectorDeps, backoff: Backoff, signal: CancelSignal, error: unknown): Promise<void> {
  const delayMs = backoff.nextDelayMs();
  deps.logger.log(isHistoryGone(error) ? 'info' : 'warn', 'the watch broke and will be resumed', {
    error: messageOf(error),
    delayMs: Math.round(delayMs),
  });
  await sleep(deps.time, delayMs, signal);
}
