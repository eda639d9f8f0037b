import { fromBase64, utf8 } from '@trireme/base';
import type { ByteStream, Headers, HttpRequest, HttpResponse } from '@trireme/ports';
import { acceptKey } from './websocket/websocket-connection.ts';

/** How client and server agreed to go on. */
export interface Agreement {
  readonly transport: 'spdy' | 'websocket';
  readonly protocol: string;
}

/** The protocols that a server speaks over each transport, best first. */
export interface Offer {
  readonly spdy: readonly string[];
  readonly webSocket: readonly string[];
}

/** Answers the client's upgrade with 101, and gives the stream on; or says why it cannot. */
export function answerUpgrade(
  request: HttpRequest,
  offer: Offer,
  onStream: (stream: ByteStream, agreement: Agreement) => void,
): HttpResponse {
  const { upgrade = '', connection = '' } = request.headers;
  const asks = connection.toLowerCase().includes('upgrade');
  if (asks && upgrade.toLowerCase() === 'websocket') return answerWebSocket(request, offer.webSocket, onStream);
  return answerSpdy(request, offer.spdy, asks && upgrade.toLowerCase().includes('spdy/3.1'), onStream);
}

function answerSpdy(
  request: HttpRequest,
  supported: readonly string[],
  isUpgrade: boolean,
  onStream: (stream: ByteStream, agreement: Agreement) => void,
): HttpResponse {
  const offered = namesIn(request.headers['x-stream-protocol-version']);
  if (offered.length === 0) return refuse(400, 'unable to upgrade: X-Stream-Protocol-Version is required');
  // The client's order decides: it names what it likes best first.
  const protocol = offered.find((name) => supported.includes(name));
  if (protocol === undefined) {
    const message = `client supports [${offered.join(' ')}], server accepts [${supported.join(' ')}]`;
    return refuse(403, `unable to upgrade: unable to negotiate protocol: ${message}`, {
      'x-accepted-stream-protocol-versions': supported.join(', '),
    });
  }
  if (!isUpgrade) {
    return refuse(
      400,
      'unable to upgrade: missing upgrade headers in request: it needs Connection: Upgrade and Upgrade: SPDY/3.1',
    );
  }
  return {
    status: 101,
    headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol },
    body: new Uint8Array(0),
    onUpgrade: (stream) => onStream(stream, { transport: 'spdy', protocol }),
  };
}

function answerWebSocket(
  { headers }: HttpRequest,
  supported: readonly string[],
  onStream: (stream: ByteStream, agreement: Agreement) => void,
): HttpResponse {
  const key = headers['sec-websocket-key'] ?? '';
  if (headers['sec-websocket-version'] !== '13' || fromBase64(key)?.length !== 16) {
    return refuse(400, 'the WebSocket handshake needs Sec-WebSocket-Version: 13 and a key of 16 bytes');
  }
  const offered = namesIn(headers['sec-websocket-protocol']);
  const protocol = supported.find((name) => offered.includes(name));
  if (protocol === undefined) {
    return refuse(403, `none of the WebSocket protocols ${offered.join(', ')} is known; use ${supported.join(' or ')}`);
  }
  return {
    status: 101,
    headers: {
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-accept': acceptKey(key),
      'sec-websocket-protocol': protocol,
    },
    body: new Uint8Array(0),
    onUpgrade: (stream) => onStream(stream, { transport: 'websocket', protocol }),
  };
}

function namesIn(list: string | undefined): readonly string[] {
  const names = (list ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => name !== '');
}

function refuse(status: number, message: string, headers: Headers = {}): HttpResponse {
  const body = utf8(`${message}\n`);
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(body.length), ...headers },
    body,
  };
}
