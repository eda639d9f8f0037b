import { type Bytes, concatBytes, fromUtf8 } from '@trireme/base';
import type { ByteStream, HttpRequest, HttpResponse } from '@trireme/ports';
import { createSpdyConnection } from '../src/spdy/connection.ts';
import { createStreamPair } from './stream-pair.ts';

export function spdyRequest(...versions: readonly string[]): HttpRequest {
  const headers = { upgrade: 'SPDY/3.1', connection: 'Upgrade', 'x-stream-protocol-version': versions.join(', ') };
  return { method: 'POST', path: '/', headers };
}

export function webSocketRequest(...protocols: readonly string[]): HttpRequest {
  const headers = {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': protocols.join(','),
  };
  return { method: 'GET', path: '/', headers };
}

/** Takes the upgrade, and gives the client's end. */
export function upgraded(response: HttpResponse, cutBytes?: number): ByteStream {
  const { client, server } = createStreamPair(cutBytes);
  if (!response.onUpgrade) throw new Error(`no upgrade: ${response.status} ${fromUtf8(response.body as Bytes)}`);
  response.onUpgrade(server);
  return client;
}

/** A client as kubectl is: it opens streams by their headers, and refuses those of the server. */
export function spdyClient(stream: ByteStream) {
  const connection = createSpdyConnection(stream, { role: 'client', accept: () => false });
  return {
    ...connection,
    open: (headers: Readonly<Record<string, string>>) => connection.open(new Map(Object.entries(headers))),
  };
}

export async function textOf(stream: ByteStream): Promise<string> {
  const parts: Bytes[] = [];
  for await (const part of stream.incoming) parts.push(part.slice());
  return fromUtf8(concatBytes(parts));
}
