import type { HttpRequest, HttpResponse, Time } from '@trireme/ports';
import { answerUpgrade } from '../upgrade.ts';
import { createWebSocketConnection } from '../websocket/websocket-connection.ts';
import { createWebSocketTunnel } from '../websocket/websocket-tunnel.ts';
import type { ConnectPort, ForwardTarget } from './port-connection.ts';
import { serveSpdyPortForward } from './spdy-port-forward.ts';
import { serveWebSocketPortForward } from './websocket-port-forward.ts';

const spdyProtocol = 'portforward.k8s.io';
const tunnelProtocol = `SPDY/3.1+${spdyProtocol}`;
/** The tunnel is what kubectl speaks from 1.31 on; the others are for clients that know no SPDY. */
const offer = { spdy: [spdyProtocol], webSocket: [tunnelProtocol, 'v4.channel.k8s.io', 'portforward.k8s.io'] };

/**
 * The server's side of port-forward: over SPDY, over SPDY within a WebSocket, and over the channels of a WebSocket. Only
 * these last need `ports`; over SPDY each connection names its own. `connect` is called for every connection.
 */
export function servePortForward(
  deps: { readonly time: Time },
  upgrade: HttpRequest,
  request: ForwardTarget & { readonly ports: readonly number[] },
  connect: ConnectPort,
): HttpResponse {
  return answerUpgrade(upgrade, offer, (stream, { transport, protocol }) => {
    if (transport === 'spdy') return serveSpdyPortForward(deps.time, stream, request, connect);
    if (protocol === tunnelProtocol) {
      const tunnel = createWebSocketTunnel(createWebSocketConnection(stream));
      return serveSpdyPortForward(deps.time, tunnel, request, connect);
    }
    serveWebSocketPortForward(stream, request.ports, request, connect).catch(() => stream.destroy());
  });
}
