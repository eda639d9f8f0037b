import type { ByteStream } from '@trireme/ports';
import { createSpdyEncoder, type SpdyFrame } from './frames.ts';

/** Sends frames in the order of the calls. */
export interface FrameWriter {
  /** Resolves when there is room for more; rejects once the connection is gone. */
  send(frame: SpdyFrame): Promise<void>;
}

export function createFrameWriter(stream: ByteStream): FrameWriter {
  const encode = createSpdyEncoder();
  let writing: Promise<void> = Promise.resolve();
  return {
    send(frame) {
      const bytes = encode(frame);
      const written = writing.then(() => stream.write(bytes));
      // Who asked hears of the failure; every later frame fails in its turn.
      written.catch(() => undefined);
      writing = written;
      return written;
    },
  };
}
