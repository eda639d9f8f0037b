import { type Bytes, createAsyncQueue, createDeferred } from '@trireme/base';
import type { ByteStream, HttpHandler, HttpTransport, Peer } from '@trireme/ports';

/** A client and a server in one process, with nothing between them. `peer` is who the server sees. */
export function createDirectTransport(handler: HttpHandler, peer: Peer): HttpTransport {
  return {
    async request(request) {
      const gone = new AbortController();
      const cancel = (): void => gone.abort();
      if (request.signal?.aborted) cancel();
      request.signal?.addEventListener('abort', cancel);
      const response = await handler({ ...request, signal: gone.signal }, peer);
      if (response.status === 101 && response.onUpgrade) {
        const [near, far] = createStreamPair();
        response.onUpgrade(far);
        return { ...response, stream: near, onUpgrade: undefined };
      }
      if (response.body instanceof Uint8Array) {
        request.signal?.removeEventListener('abort', cancel);
        return response;
      }
      return { ...response, body: untilCancelled(response.body, gone) };
    },
  };
}

/** A body that ends its source when the reader leaves it, or the caller gives up. */
function untilCancelled(body: AsyncIterable<Bytes>, gone: AbortController): AsyncIterable<Bytes> {
  return {
    [Symbol.asyncIterator]: () => {
      const source = body[Symbol.asyncIterator]();
      const aborted = createDeferred<IteratorResult<Bytes>>();
      const stop = (): void => {
        aborted.resolve({ done: true, value: undefined });
        void source.return?.().catch(() => undefined);
      };
      if (gone.signal.aborted) stop();
      gone.signal.addEventListener('abort', stop);
      return {
        next: () => Promise.race([source.next(), aborted.promise]),
        async return() {
          gone.abort();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** Two ends of a connection in memory: what one writes the other reads. */
export function createStreamPair(): readonly [ByteStream, ByteStream] {
  const there = createAsyncQueue<Bytes>();
  const back = createAsyncQueue<Bytes>();
  const end = (incoming: typeof there, outgoing: typeof there): ByteStream => ({
    incoming,
    async write(bytes) {
      if (outgoing.closed) throw new Error('write: the other side closed the connection.');
      outgoing.push(bytes);
    },
    end: () => outgoing.end(),
    destroy() {
      incoming.end();
      outgoing.end();
    },
  });
  return [end(back, there), end(there, back)];
}
