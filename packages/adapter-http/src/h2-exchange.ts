import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { writeBody } from './byte-stream.ts';
import { answer, type ExchangeDeps, nodeHeaders, plainHeaders } from './exchange.ts';
import { peerOfSocket } from './peer-of-socket.ts';

/** Headers that HTTP/2 forbids: the connection is not the message's business there. */
const connectionHeaders = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection'];

/** One request and its answer on a stream of an HTTP/2 connection. */
export async function exchangeHttp2(
  deps: ExchangeDeps,
  stream: ServerHttp2Stream,
  incoming: IncomingHttpHeaders,
  socket: Socket,
  endOfStream: boolean,
): Promise<void> {
  const gone = new AbortController();
  stream.once('close', () => gone.abort());
  stream.on('error', () => undefined);
  const headers = plainHeaders(incoming);
  const authority = incoming[':authority'];
  const method = incoming[':method'] ?? 'GET';
  const response = await answer(
    deps,
    {
      method,
      path: incoming[':path'] ?? '/',
      headers: authority && !headers.host ? { ...headers, host: authority } : headers,
      ...(endOfStream ? {} : { body: { [Symbol.asyncIterator]: () => stream.iterator({ destroyOnReturn: false }) } }),
      signal: gone.signal,
    },
    peerOfSocket(socket),
  );
  if (stream.destroyed || stream.closed) return;
  const outgoing: OutgoingHttpHeaders = { ':status': response.status, ...nodeHeaders(response.headers) };
  for (const name of connectionHeaders) delete outgoing[name];
  if (response.body instanceof Uint8Array && !('content-length' in outgoing)) {
    outgoing['content-length'] = response.body.length;
  }
  try {
    const bodiless = method === 'HEAD' || (response.body instanceof Uint8Array && response.body.length === 0);
    stream.respond(outgoing, { endStream: bodiless });
    if (!bodiless) await writeBody(stream, response.body);
    // What the client still sends is not wanted: say so without an error, as RFC 9113 section 8.1 asks.
    if (!endOfStream && !stream.readableEnded) stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
  } catch (error) {
    if (!gone.signal.aborted) {
      deps.logger.log('debug', 'response broke off', { path: incoming[':path'], error: String(error) });
    }
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}
