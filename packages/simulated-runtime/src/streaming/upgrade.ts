import { fromBase64, utf8 } from '@trireme/base';
import type { ByteStream, HttpRequest, HttpResponse } from '@trireme/ports';
import { acceptKey } from './websocket-connection.ts';

/** Versions of the channel protocol that are spoken here, best first. v5 adds the CLOSE message of one channel. */
export const channelProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

export function refuse(status: number, message: string): HttpResponse {
  const body = utf8(`${message}\n`);
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(body.length) },
    body,
  };
}

/** Answers the client's upgrade with 101, and gives the stream on; or says why it cannot. */
export function upgradeToWebSocket(
  request: HttpRequest,
  supported: readonly string[],
  onStream: (stream: ByteStream, protocol: string) => void,
): HttpResponse {
  const { headers } = request;
  const wanted = headers.upgrade?.toLowerCase() ?? '';
  if (wanted !== 'websocket') {
    const said = wanted === '' ? 'no upgrade' : headers.upgrade;
    return refuse(400, `the simulated runtime streams over WebSocket only; the client asked for ${said}`);
  }
  const key = headers['sec-websocket-key'] ?? '';
  if (headers['sec-websocket-version'] !== '13' || fromBase64(key)?.length !== 16) {
    return refuse(400, 'the WebSocket handshake needs Sec-WebSocket-Version: 13 and a key of 16 bytes');
  }
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
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
    onUpgrade: (stream) => onStream(stream, protocol),
  };
}
