import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The numbers of HTTP/2's frames and flags (RFC 9113) that are used. */
export const frames = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, window: 8, continuation: 9 };
export const endStream = 1;
export const endHeaders = 4;
export const ack = 1;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly body: Buffer;
}

export function frame(type: number, flags: number, stream: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** A field that is not remembered, of up to 126 bytes each. */
export function field(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

export function callHeaders(path: string): Buffer {
  return Buffer.concat([
    field(':method', 'POST'),
    field(':scheme', 'http'),
    field(':path', path),
    field(':authority', 'test'),
    field('content-type', 'application/grpc'),
    field('te', 'trailers'),
  ]);
}

export const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(frames.settings, 0, 0)]);

/** A connection that says what it likes. */
export interface RawClient {
  readonly socket: Socket;
  readonly frames: Frame[];
  readonly closed: Promise<void>;
  send(...bytes: readonly Buffer[]): void;
  /** Waits for a frame of that type, and takes it away with all that came before it. */
  next(type: number): Promise<Frame>;
}

export async function rawConnect(port: number): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const received: Frame[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let told: (() => void) | undefined;
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3);
      const [type = 0, flags = 0] = [rest[3], rest[4]];
      received.push({ type, flags, stream: rest.readUInt32BE(5), body: rest.subarray(9, end) });
      rest = rest.subarray(end);
    }
    told?.();
  });
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      told?.();
      resolve();
    });
  });
  return {
    socket,
    frames: received,
    closed,
    send: (...bytes) => void socket.write(Buffer.concat(bytes)),
    async next(type) {
      for (;;) {
        const at = received.findIndex((each) => each.type === type);
        const found = received[at];
        if (found) {
          received.splice(0, at + 1);
          return found;
        }
        if (socket.destroyed) throw new Error(`the connection was closed before a frame of type ${type}`);
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
  };
}
