import {
  KvError,
  type KvEvent,
  type Revision,
  sleep,
  type Time,
  type WatchRequest,
  type WatchResponse,
  type WatchStream,
} from '@trireme/ports';
import type { GrpcChannel, StreamsCall } from './grpc-channel.ts';
import {
  etcdErrors,
  eventFromMessage,
  rpcCodes,
  toKvError,
  toNumber,
  type WatchResponseMessage,
  watchToMessage,
} from './mapping/index.ts';

export interface EtcdWatchDeps {
  readonly channel: GrpcChannel;
  readonly time: Time;
  /** The server has told that history begins here. */
  readonly compacted: (revision: Revision) => void;
  readonly onEnd: () => void;
}

const path = '/etcdserverpb.Watch/Watch';
const firstRetryMs = 100;
const lastRetryMs = 3_000;

/**
 * A watch on a stream of its own, so that a reader who is slow holds back its own events and no others. When the connection
 * is lost it goes on where it was, here or at another server; the reader sees no gap.
 */
export function createEtcdWatch(deps: EtcdWatchDeps, request: WatchRequest): WatchStream {
  const over = new AbortController();
  let next = request.startRevision ?? 0;
  let created = false;
  let progressWanted = false;
  let call: StreamsCall | undefined;

  const open = (): StreamsCall => {
    call = deps.channel.streams(path);
    call.send({ createRequest: watchToMessage({ ...request, startRevision: next }) });
    return call;
  };

  const finish = (): void => {
    if (over.signal.aborted) return;
    over.abort();
    call?.cancel();
    deps.onEnd();
  };

  /** What a message says to the reader, if anything; also moves `next` on. */
  const take = (message: WatchResponseMessage): WatchResponse | undefined => {
    const revision = toNumber(message.header?.revision);
    if (message.canceled) return cancelled(message);
    if (message.created) {
      if (progressWanted) call?.send({ progressRequest: {} });
      if (next === 0) next = revision + 1;
      if (created) return undefined;
      created = true;
      return { type: 'created', revision };
    }
    const events = (message.events ?? []).map(eventFromMessage);
    const last: KvEvent | undefined = events.at(-1);
    if (last) {
      next = last.kv.modRevision + 1;
      return { type: 'events', revision: last.kv.modRevision, events };
    }
    progressWanted = false;
    next = Math.max(next, revision + 1);
    return { type: 'progress', revision };
  };

  const cancelled = (message: WatchResponseMessage): WatchResponse => {
    const compactRevision = toNumber(message.compactRevision);
    if (compactRevision === 0) {
      const reason = message.cancelReason || etcdErrors.unavailable[1];
      throw toKvError(rpcCodes.unknown, reason, 'watch');
    }
    deps.compacted(compactRevision);
    return { type: 'compacted', compactRevision };
  };

  const first = attempt(open);

  const read = async function* (): AsyncGenerator<WatchResponse, void> {
    let retryMs = firstRetryMs;
    let opened = first;
    while (!over.signal.aborted) {
      try {
        if (opened.error) throw opened.error;
        for await (const message of opened.call as AsyncIterable<WatchResponseMessage>) {
          const response = take(message);
          retryMs = firstRetryMs;
          if (!response) continue;
          yield response;
          if (response.type === 'compacted' || over.signal.aborted) return finish();
        }
      } catch (error) {
        if (over.signal.aborted) return;
        if (deps.channel.closed || !mayRetry(error)) {
          finish();
          throw error;
        }
      }
      await sleep(deps.time, retryMs, over.signal);
      retryMs = Math.min(retryMs * 2, lastRetryMs);
      if (!over.signal.aborted) opened = attempt(open);
    }
  };

  return {
    cancel: finish,
    requestProgress() {
      progressWanted = true;
      if (created && !over.signal.aborted) call?.send({ progressRequest: {} });
    },
    [Symbol.asyncIterator]() {
      const reading = read();
      return {
        next: () => reading.next(),
        return: () => {
          finish();
          return reading.return();
        },
      };
    },
  };
}

type Opened =
  | { readonly call: StreamsCall; readonly error?: undefined }
  | { readonly error: unknown; readonly call?: undefined };

/** A failure to open is for the reader to hear, not for who asked for the watch. */
function attempt(open: () => StreamsCall): Opened {
  try {
    return { call: open() };
  } catch (error) {
    return { error };
  }
}

/** A server that is not there, or that stops, may be back; what it refuses it will refuse again. */
function mayRetry(error: unknown): boolean {
  if (!(error instanceof KvError)) return false;
  if (error.code === 'stopped' || error.code === 'cancelled') return true;
  return error.code === 'unavailable' && !isRefusal(error.cause);
}

/** Refusals that the port has no code for: a server that demands a password, or does not know the method. */
function isRefusal(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return refusals.some((refusal) => rpcCodes[refusal] === code);
}
const refusals = ['invalid-argument', 'permission-denied', 'unauthenticated', 'unimplemented'] as const;
