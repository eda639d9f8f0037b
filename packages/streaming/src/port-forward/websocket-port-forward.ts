import { type Bytes, concatBytes, utf8 } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import { type ByteInbox, createByteInbox } from '../byte-inbox.ts';
import { createWebSocketConnection, type WebSocketConnection } from '../websocket/websocket-connection.ts';
import { type ConnectPort, carryConnection, type ForwardTarget } from './port-connection.ts';

const unreadLimitBytes = 256 * 1024;

/**
 * Port-forward as browsers speak it: the ports are known before, port number i has channel 2i for data and 2i+1 for
 * errors, and each channel begins with its port as two little-endian bytes. There is one connection for each port.
 */
export async function serveWebSocketPortForward(
  stream: ByteStream,
  ports: readonly number[],
  target: ForwardTarget,
  connect: ConnectPort,
): Promise<void> {
  const connection = createWebSocketConnection(stream);
  const inboxes = ports.map((port, i) => forwardPort(connection, port, 2 * i, target, connect));
  for await (const message of connection.messages) {
    const channel = message[0] ?? 0;
    const inbox = channel % 2 === 0 ? inboxes[channel / 2] : undefined;
    inbox?.push(message.subarray(1));
    await inbox?.room();
  }
  for (const inbox of inboxes) inbox.end();
}

function forwardPort(
  connection: WebSocketConnection,
  port: number,
  dataChannel: number,
  target: ForwardTarget,
  connect: ConnectPort,
): ByteInbox {
  const send = (channel: number, bytes: Bytes): Promise<void> =>
    connection.send(concatBytes([new Uint8Array([channel]), bytes]));
  const announced = new Uint8Array([port & 255, port >> 8]);
  void send(dataChannel, announced);
  void send(dataChannel + 1, announced);
  const inbox = createByteInbox(unreadLimitBytes);
  const stream: ByteStream = {
    incoming: inbox.incoming,
    write: (bytes) => send(dataChannel, bytes),
    // A channel of this protocol cannot be closed alone.
    end: () => undefined,
    destroy: () => inbox.discard(),
  };
  void carryConnection(connect, target, port, stream, (text) => send(dataChannel + 1, utf8(text))).then(inbox.discard);
  return inbox;
}
