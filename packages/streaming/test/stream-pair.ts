import { type Bytes, createDeferred } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';

/** Lets everything run that can. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 400; i++) await Promise.resolve();
}

/**
 * A connection in memory. A write is cut into pieces of `cutBytes` and resolves once they have been read, so that tests see
 * back-pressure as a socket gives it.
 */
export function createStreamPair(cutBytes = 65_536): { readonly client: ByteStream; readonly server: ByteStream } {
  const up = createPipe(cutBytes);
  const down = createPipe(cutBytes);
  const end = (reads: Pipe, writes: Pipe): ByteStream => ({
    incoming: reads.incoming,
    write: writes.write,
    end: writes.end,
    destroy() {
      reads.end();
      writes.end();
    },
  });
  return { client: end(down, up), server: end(up, down) };
}

interface Pipe {
  readonly incoming: AsyncIterable<Bytes>;
  write(bytes: Bytes): Promise<void>;
  end(): void;
}

function createPipe(cutBytes: number): Pipe {
  const waiting: { readonly piece: Bytes; readonly read: () => void }[] = [];
  let ended = false;
  let reader = createDeferred<void>();
  async function* incoming(): AsyncGenerator<Bytes> {
    for (;;) {
      const next = waiting.shift();
      if (next) {
        next.read();
        yield next.piece;
      } else if (ended) return;
      else await reader.promise;
    }
  }
  const wake = (): void => {
    reader.resolve();
    reader = createDeferred();
  };
  return {
    incoming: incoming(),
    async write(bytes) {
      if (ended) throw new Error('write: the connection is gone');
      const pieces: Promise<void>[] = [];
      for (let at = 0; at < bytes.length; at += cutBytes) {
        const read = createDeferred<void>();
        waiting.push({ piece: bytes.slice(at, at + cutBytes), read: read.resolve });
        pieces.push(read.promise);
      }
      wake();
      await Promise.all(pieces);
    },
    end() {
      ended = true;
      for (const { read } of waiting) read();
      wake();
    },
  };
}
