import type { IncomingMessage, ServerResponse } from 'node:http';
import { whenDrained, writeBody } from './byte-stream.ts';
import { answer, type ExchangeDeps, nodeHeaders, plainHeaders } from './exchange.ts';
import { peerOfSocket } from './peer-of-socket.ts';

/** One request and its answer over HTTP/1.1. */
export async function exchangeHttp1(
  deps: ExchangeDeps,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  outgoing.on('error', () => undefined);
  const hasBody =
    incoming.headers['content-length'] !== undefined || incoming.headers['transfer-encoding'] !== undefined;
  const response = await answer(
    deps,
    {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: plainHeaders(incoming.headers),
      // The handler may leave the body early and still answer (413), so leaving must not drop the connection.
      ...(hasBody ? { body: { [Symbol.asyncIterator]: () => incoming.iterator({ destroyOnReturn: false }) } } : {}),
      signal: gone.signal,
    },
    peerOfSocket(incoming.socket),
  );
  if (outgoing.destroyed) return;
  const headers = nodeHeaders(response.headers);
  if (response.body instanceof Uint8Array && !('content-length' in headers)) {
    headers['content-length'] = String(response.body.length);
  }
  if (!incoming.readableEnded && hasBody) headers.connection = 'close';
  outgoing.writeHead(response.status, headers);
  if (incoming.method === 'HEAD') {
    outgoing.end();
    return;
  }
  if (!(response.body instanceof Uint8Array)) outgoing.flushHeaders();
  try {
    await (response.body instanceof Uint8Array
      ? writeWhole(outgoing, response.body)
      : writeBody(outgoing, response.body));
  } catch (error) {
    // The head is out: cutting the connection is how HTTP/1.1 says that the body is not whole.
    if (!gone.signal.aborted)
      deps.logger.log('debug', 'response broke off', { path: incoming.url, error: String(error) });
    outgoing.destroy();
  }
}

/**
 * The end of a large body goes out only when all before it has. Whoever has the whole answer may send its next request, and
 * Node, where it still counts the answer as under way then, pauses its parser, and takes what comes meanwhile for a broken
 * request: the connection is reset.
 */
async function writeWhole(outgoing: ServerResponse, body: Uint8Array): Promise<void> {
  const isLarge = body.length >= outgoing.writableHighWaterMark;
  if (isLarge && !outgoing.write(body.subarray(0, -1))) await whenDrained(outgoing);
  outgoing.end(isLarge ? body.subarray(-1) : body);
}
