import { type Bytes, createDeferred } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import { createByteInbox } from '../byte-inbox.ts';
import type { FrameWriter } from './frame-writer.ts';
import { resetStatus } from './frames.ts';
import type { SpdyHeaders } from './header-block.ts';
import type { SendWindow } from './send-window.ts';
import { SpdyError } from './spdy-error.ts';

/** One stream of a SPDY connection. `destroy` resets it, and leaves the connection to the others. */
export interface SpdyStream extends ByteStream {
  readonly id: number;
  readonly headers: SpdyHeaders;
  /** Lets pass what comes, where nobody reads. */
  discard(): void;
  /** Resolves when both sides have ended, or the stream or its connection is gone. */
  readonly closed: Promise<void>;
}

/** What the connection does with one of its streams. */
export interface InnerStream {
  readonly stream: SpdyStream;
  receive(data: Bytes): void;
  /** Resolves when the stream holds less unread than it may. */
  room(): Promise<void>;
  readonly window: SendWindow;
  /** The other side has ended its half. */
  remoteEnded(): void;
  /** It is gone without more words. */
  drop(): void;
}

export interface SpdyStreamParts {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly writer: FrameWriter;
  readonly window: SendWindow;
  /** Waits until this many bytes, or fewer, may be sent on this stream. */
  readonly reserve: (window: SendWindow, sizeBytes: number) => Promise<number>;
  readonly unreadLimitBytes: number;
  readonly onReceived: (sizeBytes: number) => void;
  /** Read, or let pass. */
  readonly onTaken: (sizeBytes: number) => void;
  readonly onClosed: () => void;
}

/** Small enough that streams take turns, large enough that frames cost little. */
const pieceBytes = 16 * 1024;

export function createSpdyStream(parts: SpdyStreamParts): InnerStream {
  const { id, writer, window } = parts;
  const inbox = createByteInbox(parts.unreadLimitBytes, parts.onTaken);
  const closed = createDeferred<void>();
  let localEnd: 'open' | 'ending' | 'ended' = 'open';
  let remoteOpen = true;
  let gone = false;
  // Pieces of one write must not mix with those of the next, whether or not the caller waits.
  let writing: Promise<void> = Promise.resolve();

  const drop = (): void => {
    if (gone) return;
    gone = true;
    inbox.end();
    window.close();
    closed.resolve();
    parts.onClosed();
  };
  const closeIfDone = (): void => {
    if (localEnd === 'ended' && !remoteOpen) drop();
  };
  const writePieces = async (bytes: Bytes): Promise<void> => {
    for (let at = 0; at < bytes.length; ) {
      const size = gone ? 0 : await parts.reserve(window, Math.min(pieceBytes, bytes.length - at));
      if (gone || size === 0) throw new SpdyError(`write to stream ${id}: the other side has closed it`);
      await writer.send({ type: 'data', streamId: id, fin: false, data: bytes.subarray(at, at + size) });
      at += size;
    }
  };
  const sendEnd = (): void => {
    if (gone) return;
    localEnd = 'ended';
    writer.send({ type: 'data', streamId: id, fin: true, data: new Uint8Array(0) }).catch(() => undefined);
    closeIfDone();
  };
  const stream: SpdyStream = {
    id,
    headers: parts.headers,
    incoming: inbox.incoming,
    closed: closed.promise,
    discard: inbox.discard,
    write(bytes) {
      if (localEnd !== 'open') return Promise.reject(new SpdyError(`write to stream ${id}: it has been ended here`));
      const written = writing.then(() => writePieces(bytes));
      writing = written.catch(() => undefined);
      return written;
    },
    end() {
      if (localEnd !== 'open') return;
      localEnd = 'ending';
      writing = writing.then(sendEnd);
    },
    destroy() {
      if (gone) return;
      writer.send({ type: 'rst-stream', streamId: id, status: resetStatus.cancel }).catch(() => undefined);
      inbox.discard();
      drop();
    },
  };
  return {
    stream,
    window,
    room: inbox.room,
    receive(data) {
      parts.onReceived(data.length);
      // A copy, so that a few bytes that nobody reads do not hold on to all that came with them.
      inbox.push(data.slice());
    },
    remoteEnded() {
      remoteOpen = false;
      inbox.end();
      closeIfDone();
    },
    drop,
  };
}
