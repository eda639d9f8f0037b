import type { ByteStream, HttpRequest, HttpResponse, StreamRequest } from '@trireme/ports';
import {
  answerUpgrade,
  createWebSocketChannels,
  createWebSocketConnection,
  createWebSocketTunnel,
} from '@trireme/streaming';
import { carryCommand } from './carry-command.ts';
import { forwardUpgrade } from './forward-upgrade.ts';
import { splice } from './socket-stream.ts';

const channelsProtocol = 'v5.channel.k8s.io';
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';

/**
 * True where the client speaks a WebSocket protocol that many runtimes do not know (containerd 1.x among them): v5, with
 * which stdin can be closed, and SPDY in a tunnel. Older ones they serve themselves.
 */
export function needsTranslation(request: StreamRequest, { headers }: HttpRequest): boolean {
  if (headers.upgrade?.toLowerCase() !== 'websocket') return false;
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return offered.includes(request.kind === 'port-forward' ? tunnelProtocol : channelsProtocol);
}

/** Answers the client's WebSocket itself, and speaks SPDY to the runtime. A runtime's refusal reaches the client as it is. */
export async function translateWebSocket(
  url: string,
  request: StreamRequest,
  upgrade: HttpRequest,
): Promise<HttpResponse> {
  const answered = await forwardUpgrade(url, spdyUpgrade(request, upgrade));
  const runtime = answered.stream;
  if (!runtime) return answered;
  const protocol = request.kind === 'port-forward' ? tunnelProtocol : channelsProtocol;
  const response = answerUpgrade(upgrade, { spdy: [], webSocket: [protocol] }, (client) => {
    carry(runtime, request, client).catch(() => {
      client.destroy();
      runtime.destroy();
    });
  });
  if (response.status !== 101) runtime.destroy();
  return response;
}

function spdyUpgrade(request: StreamRequest, upgrade: HttpRequest): HttpRequest {
  const version = request.kind === 'port-forward' ? 'portforward.k8s.io' : 'v4.channel.k8s.io';
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': version };
  return { method: 'POST', path: upgrade.path, headers, signal: upgrade.signal };
}

async function carry(runtime: ByteStream, request: StreamRequest, client: ByteStream): Promise<void> {
  if (request.kind === 'port-forward') {
    return await splice(createWebSocketTunnel(createWebSocketConnection(client)), runtime);
  }
  await carryCommand(runtime, request, createWebSocketChannels(client, request));
}
