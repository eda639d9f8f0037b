import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { emptyBytes } from '@trireme/base';
import { type HttpResponse, readBody } from '@trireme/ports';
import { byteStreamOf } from './byte-stream.ts';
import { answer, type ExchangeDeps, plainHeaders } from './exchange.ts';
import { peerOfSocket } from './peer-of-socket.ts';

/** Bodies of refused upgrades are Status objects; more than this is not one. */
const refusalLimitBytes = 1024 * 1024;

/** A request that asks to leave HTTP (SPDY for exec and port-forward, WebSocket): answered with 101, or refused. */
export async function exchangeUpgrade(
  deps: ExchangeDeps,
  incoming: IncomingMessage,
  duplex: Duplex,
  head: Uint8Array,
): Promise<void> {
  const gone = new AbortController();
  duplex.once('close', () => gone.abort());
  duplex.on('error', () => undefined);
  const response = await answer(
    deps,
    {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: plainHeaders(incoming.headers),
      signal: gone.signal,
    },
    peerOfSocket(duplex as Socket),
  );
  if (duplex.destroyed) return;
  if (response.status === 101 && response.onUpgrade) {
    duplex.write(formatHead(response));
    // The server's idle limits are for HTTP; an exec session may be silent for hours.
    if ('setTimeout' in duplex) (duplex as Socket).setTimeout(0);
    response.onUpgrade(byteStreamOf(duplex, head));
    return;
  }
  const body = (await readBody(response.body, refusalLimitBytes)) ?? emptyBytes;
  duplex.write(
    formatHead({
      ...response,
      headers: { ...response.headers, connection: 'close', 'content-length': `${body.length}` },
    }),
  );
  duplex.end(body);
}

function formatHead(response: HttpResponse): string {
  const lines = [`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? 'Unknown'}`];
  for (const [name, value] of Object.entries(response.headers)) {
    for (const part of value.split('\n')) lines.push(`${name}: ${part.replaceAll('\r', '')}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
