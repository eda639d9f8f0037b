import type { Kv, WatchResponse, WatchStream } from '@trireme/ports';
import {
  fragmentsOf,
  headerToMessage,
  toNumber,
  type WatchCreateMessage,
  type WatchRequestMessage,
  watchFromMessage,
  watchRefusals,
  watchResponseToMessage,
} from '../mapping/index.ts';
import { createProgressRound } from './progress-round.ts';
import type { Send } from './rpc.ts';
import { headerOf } from './service-deps.ts';

/** The watch id of what is told of the stream as a whole, and of watches that never came to be. */
const noWatch = -1;

interface Watching {
  readonly id: number;
  readonly stream: WatchStream;
  readonly fragment: boolean;
}

/** The watches of one stream. */
export interface WatchSession {
  /** Requests of a stream are taken one after the other. */
  take(message: WatchRequestMessage): Promise<void>;
  close(): void;
}

/**
 * Each watch is read only when what it told before was taken by the connection, so a slow client holds up no more than
 * one response of each of its watches. `onFailure` is called when the store fails a watch.
 */
export function createWatchSession(
  deps: { readonly kv: Kv; readonly maxResponseBytes: number },
  send: Send,
  onFailure: (error: unknown) => void,
): WatchSession {
  const { kv, maxResponseBytes } = deps;
  const watches = new Map<number, Watching>();
  let nextId = 0;
  let closed = false;

  const progress = createProgressRound<Watching>({
    ask: (watching) => watching.stream.requestProgress(),
    answer: async (revision) => {
      const header = await headerOf(kv);
      await send({ header: headerToMessage({ ...header, revision }), watchId: noWatch });
    },
  });

  const drop = async (watching: Watching): Promise<void> => {
    if (watches.get(watching.id) === watching) watches.delete(watching.id);
    await progress.leave(watching);
  };

  const tell = async (watching: Watching, response: WatchResponse): Promise<void> => {
    const header = await headerOf(kv);
    const message = watchResponseToMessage(response, header, watching.id);
    for (const part of watching.fragment ? fragmentsOf(message, maxResponseBytes) : [message]) {
      if (watches.get(watching.id) !== watching) return;
      await send(part);
    }
  };

  const pump = async (watching: Watching): Promise<void> => {
    for await (const response of watching.stream) {
      if (watches.get(watching.id) !== watching) return;
      if (response.type === 'progress' && (await progress.heard(watching, response.revision))) continue;
      await tell(watching, response);
    }
    await drop(watching);
  };

  const refuse = async (cancelReason: string): Promise<void> => {
    const header = headerToMessage(await headerOf(kv));
    await send({ header, watchId: noWatch, created: true, canceled: true, cancelReason });
  };

  const create = async (message: WatchCreateMessage): Promise<void> => {
    const request = watchFromMessage(message);
    if (typeof request === 'string') return refuse(request);
    const wanted = toNumber(message.watchId);
    if (wanted !== 0 && watches.has(wanted)) return refuse(watchRefusals.duplicateId);
    while (wanted === 0 && watches.has(nextId)) nextId += 1;
    const id = wanted === 0 ? nextId++ : wanted;
    const watching = { id, stream: kv.watch(request), fragment: message.fragment ?? false };
    watches.set(id, watching);
    pump(watching).catch((error: unknown) => {
      if (!closed) onFailure(error);
    });
  };

  const cancel = async (id: number): Promise<void> => {
    const watching = watches.get(id);
    if (!watching) return;
    watching.stream.cancel();
    await drop(watching);
    await send({ header: headerToMessage(await headerOf(kv)), watchId: id, canceled: true });
  };

  return {
    async take({ createRequest, cancelRequest, progressRequest }) {
      if (createRequest) await create(createRequest);
      else if (cancelRequest) await cancel(toNumber(cancelRequest.watchId));
      else if (progressRequest) progress.start([...watches.values()]);
    },
    close() {
      closed = true;
      for (const { stream } of watches.values()) stream.cancel();
      watches.clear();
    },
  };
}
