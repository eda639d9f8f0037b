import type { Duplex } from 'node:stream';
import type { Bytes } from '@trireme/base';
import { type ByteStream, RuntimeError } from '@trireme/ports';

/** A socket as the port's stream. `head` is what had already been read from it. */
export function socketStream(socket: Duplex, head: Bytes): ByteStream {
  if (head.length > 0) socket.unshift(head);
  // A lost connection shows in `incoming` and `write`; an error nobody listens to would end the process.
  socket.on('error', () => undefined);
  return {
    incoming: socket,
    write(bytes) {
      if (socket.destroyed || socket.writableEnded) return Promise.reject(gone());
      if (socket.write(bytes)) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const done = (): void => {
          socket.off('drain', done);
          socket.off('close', done);
          if (socket.destroyed) reject(gone());
          else resolve();
        };
        socket.on('drain', done);
        socket.on('close', done);
      });
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

function gone(): RuntimeError {
  return new RuntimeError('unavailable', 'write to the streaming server: the connection is closed');
}

/** Carries both directions until both have ended; when one breaks, both are dropped. */
export async function splice(a: ByteStream, b: ByteStream): Promise<void> {
  const copy = async (from: ByteStream, to: ByteStream): Promise<void> => {
    for await (const bytes of from.incoming) await to.write(bytes);
    to.end();
  };
  try {
    await Promise.all([copy(a, b), copy(b, a)]);
  } catch {
    a.destroy();
    b.destroy();
  }
}
