import { type Bytes, createDeferred } from '@trireme/base';
import type { FrameWriter } from './frame-writer.ts';
import type { SpdyHeaders } from './header-block.ts';
import { createReceiveGrant } from './receive-grant.ts';
import { createSendWindow, type SendWindow } from './send-window.ts';
import { createSpdyStream, type InnerStream } from './spdy-stream.ts';
import { createUnreadBudget, type UnreadBudget } from './unread-budget.ts';

/** The open streams of a connection, and the windows and bounds that they share. */
export interface StreamTable {
  readonly size: number;
  get(id: number): InnerStream | undefined;
  add(id: number, headers: SpdyHeaders): InnerStream;
  /** Hands data to its stream; resolves when more may be read from the connection. */
  receive(id: number, data: Bytes, fin: boolean): Promise<void>;
  /** The other side takes more, on one stream or (0) on the connection. */
  grow(id: number, deltaBytes: number): void;
  /** The other side has set how large the windows of streams are at first; open ones change with it. */
  setInitialWindow(sizeBytes: number): void;
  dropAll(): void;
}

export interface StreamTableOptions {
  readonly peerCountsWindows: boolean;
  readonly grantsWindows: boolean;
  /** What one stream may hold unread; all together may hold four times as much. */
  readonly unreadLimitBytes: number;
}

const initialWindowBytes = 64 * 1024;
const wholeConnection = 0;

export function createStreamTable(writer: FrameWriter, options: StreamTableOptions): StreamTable {
  const streams = new Map<number, InnerStream>();
  const budget = createUnreadBudget(4 * options.unreadLimitBytes);
  const window = createSendWindow(initialWindowBytes);
  const over = createDeferred<void>();
  const grantTo = options.grantsWindows ? grantOver(writer) : grantNothing;
  const grantConnection = grantTo(wholeConnection);
  const reserve = options.peerCountsWindows ? reserveFrom(window) : sendFreely;
  let streamWindowBytes = initialWindowBytes;

  return {
    get size() {
      return streams.size;
    },
    get: (id) => streams.get(id),
    add(id, headers) {
      const grantStream = grantTo(id);
      const share = createShare(budget);
      const inner = createSpdyStream({
        ...{ id, headers, writer, reserve, unreadLimitBytes: options.unreadLimitBytes },
        window: createSendWindow(streamWindowBytes),
        onReceived: share.add,
        onTaken(sizeBytes) {
          share.release(sizeBytes);
          if (streams.has(id)) grantStream(sizeBytes);
          grantConnection(sizeBytes);
        },
        onClosed() {
          streams.delete(id);
          share.close();
        },
      });
      streams.set(id, inner);
      return inner;
    },
    async receive(id, data, fin) {
      const inner = streams.get(id);
      // What comes for a stream that is gone still counts for the connection.
      if (!inner) return grantConnection(data.length);
      inner.receive(data);
      if (fin) inner.remoteEnded();
      // Who reads no more must not be waited for: neither a stream that has closed, nor any after the connection's end.
      await Promise.race([inner.room(), inner.stream.closed, over.promise]);
      await Promise.race([budget.room(), over.promise]);
    },
    grow(id, deltaBytes) {
      const target = id === wholeConnection ? window : streams.get(id)?.window;
      target?.grow(deltaBytes);
    },
    setInitialWindow(sizeBytes) {
      for (const inner of streams.values()) inner.window.grow(sizeBytes - streamWindowBytes);
      streamWindowBytes = sizeBytes;
    },
    dropAll() {
      for (const inner of [...streams.values()]) inner.drop();
      window.close();
      over.resolve();
    },
  };
}

type Grants = (streamId: number) => (sizeBytes: number) => void;

function grantOver(writer: FrameWriter): Grants {
  return (streamId) =>
    createReceiveGrant(initialWindowBytes, (delta) => {
      writer.send({ type: 'window-update', streamId, delta }).catch(() => undefined);
    });
}

const grantNothing: Grants = () => () => undefined;

/** Of a stream's window and the connection's, the smaller one decides, and what is not used is given back. */
function reserveFrom(window: SendWindow): (ofStream: SendWindow, sizeBytes: number) => Promise<number> {
  return async (ofStream, sizeBytes) => {
    const granted = await ofStream.take(sizeBytes);
    const sendable = granted === 0 ? 0 : await window.take(granted);
    if (sendable < granted) ofStream.grow(granted - sendable);
    return sendable;
  };
}

const sendFreely = async (_ofStream: SendWindow, sizeBytes: number): Promise<number> => sizeBytes;

/** One stream's part of the budget. A closed stream gives its part back: what it holds comes to no more. */
function createShare(budget: UnreadBudget) {
  let heldBytes = 0;
  let closed = false;
  return {
    add(sizeBytes: number): void {
      heldBytes += sizeBytes;
      budget.add(sizeBytes);
    },
    release(sizeBytes: number): void {
      if (closed) return;
      heldBytes -= sizeBytes;
      budget.release(sizeBytes);
    },
    close(): void {
      if (!closed) budget.release(heldBytes);
      closed = true;
    },
  };
}
