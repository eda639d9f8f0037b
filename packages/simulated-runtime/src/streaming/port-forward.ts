import { type AsyncQueue, type Bytes, concatBytes, createAsyncQueue, fromUtf8, utf8 } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import { behaviourOf } from '../images.ts';
import { answerOf } from '../probes.ts';
import type { Sandbox, World } from '../world.ts';
import type { WebSocketConnection } from './websocket-connection.ts';

export const portForwardProtocols = ['v4.channel.k8s.io', 'portforward.k8s.io'] as const;

/**
 * Port-forward over WebSocket: port number i has channel 2i for data and 2i+1 for errors, and each begins with the port
 * as two little-endian bytes.
 */
export async function servePortForward(
  world: World,
  sandbox: Sandbox,
  ports: readonly number[],
  connection: WebSocketConnection,
): Promise<void> {
  const inputs = ports.map((port, i) => {
    const announced = new Uint8Array([port & 255, port >> 8]);
    const send = (channel: number, bytes: Bytes): void =>
      connection.send(concatBytes([new Uint8Array([channel]), bytes]));
    send(2 * i, announced);
    send(2 * i + 1, announced);
    const incoming = createAsyncQueue<Bytes>();
    connectPort(
      world,
      sandbox,
      port,
      incoming,
      (bytes) => send(2 * i, bytes),
      (text) => send(2 * i + 1, utf8(text)),
    );
    return incoming;
  });
  for await (const message of connection.messages) {
    const channel = message[0] ?? 0;
    if (channel % 2 === 0) inputs[channel / 2]?.push(message.subarray(1));
  }
  for (const input of inputs) input.end();
}

function connectPort(
  world: World,
  sandbox: Sandbox,
  port: number,
  incoming: AsyncQueue<Bytes>,
  send: (bytes: Bytes) => void,
  fail: (text: string) => void,
): void {
  const stream: ByteStream = {
    incoming,
    write: (bytes) => Promise.resolve(send(bytes)),
    end: () => undefined,
    destroy: () => incoming.end(),
  };
  for (const container of world.containers.values()) {
    if (container.sandbox !== sandbox || container.state !== 'running') continue;
    const behaviour = behaviourOf(world, container.config.image);
    if (!behaviour?.connect && !behaviour?.serve) continue;
    if (behaviour.connect) behaviour.connect(port, stream);
    else void answerHttp(world, sandbox.ip, port, stream);
    return;
  }
  fail(`failed to connect to localhost:${port} inside namespace "${sandbox.id}": connection refused`);
}

/** A very small HTTP/1.1 server: one answer per request head, bodies of requests are not expected. */
async function answerHttp(world: World, ip: string, port: number, stream: ByteStream): Promise<void> {
  let pending = '';
  for await (const bytes of stream.incoming) {
    pending += fromUtf8(bytes);
    for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
      const path = pending.split(' ')[1] ?? '/';
      pending = pending.slice(end + 4);
      const answer = answerOf(world, ip, port, path) ?? { status: 503, body: '' };
      const body = utf8(answer.body);
      const head = `HTTP/1.1 ${answer.status} Simulated\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n`;
      await stream.write(concatBytes([utf8(head), body]));
    }
  }
}
