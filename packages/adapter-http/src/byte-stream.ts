import type { Duplex, Writable } from 'node:stream';
import { type Bytes, CodedError } from '@trireme/base';
import type { Body, ByteStream } from '@trireme/ports';

/** Resolves when `writable` takes more, or rejects once it is gone. */
export function whenDrained(writable: Writable): Promise<void> {
  if (writable.destroyed || writable.errored) return Promise.reject(connectionGone());
  if (!writable.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const done = (): void => {
      writable.off('drain', done);
      writable.off('close', done);
      if (writable.destroyed) reject(connectionGone());
      else resolve();
    };
    writable.on('drain', done);
    writable.on('close', done);
  });
}

function connectionGone(): CodedError {
  return new CodedError('connection-gone', 'write: the other side closed the connection.');
}

/** Writes a body to its end, waiting for the reader. Leaves the body's source when the connection goes away. */
export async function writeBody(writable: Writable, body: Body): Promise<void> {
  if (body instanceof Uint8Array) {
    writable.end(body);
    return;
  }
  const source = body[Symbol.asyncIterator]();
  let over = false;
  const leave = (): void => {
    over = true;
    // A source that waits for its next piece must be let go now, not when that piece comes.
    void source.return?.().catch(() => undefined);
  };
  writable.once('close', leave);
  try {
    for (;;) {
      const next = await source.next();
      if (next.done || over) break;
      if (next.value.length === 0) continue;
      if (!writable.write(next.value)) await whenDrained(writable);
    }
    writable.off('close', leave);
    if (!writable.destroyed) writable.end();
  } catch (error) {
    writable.off('close', leave);
    if (!over) leave();
    throw error;
  }
}

/** A duplex of Node as the port's stream. `head` is what came with the upgrade's own packet. */
export function byteStreamOf(duplex: Duplex, head?: Bytes): ByteStream {
  if (head && head.length > 0) duplex.unshift(head);
  // Errors end the iteration of `incoming` and reject `write`; unheard, they would end the process.
  duplex.on('error', () => undefined);
  return {
    incoming: duplex,
    write(bytes) {
      if (duplex.destroyed || duplex.writableEnded) return Promise.reject(connectionGone());
      return duplex.write(bytes) ? Promise.resolve() : whenDrained(duplex);
    },
    end() {
      if (!duplex.writableEnded && !duplex.destroyed) duplex.end();
    },
    destroy() {
      duplex.destroy();
    },
  };
}
