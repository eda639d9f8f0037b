import { createDeferred } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import { createSpdyDecoder } from './frame-decoder.ts';
import { createFrameWriter } from './frame-writer.ts';
import { goawayStatus, resetStatus, type SpdyFrame, settingIds } from './frames.ts';
import type { SpdyHeaders } from './header-block.ts';
import { createReceiveGrant } from './receive-grant.ts';
import { createSendWindow, type SendWindow } from './send-window.ts';
import { SpdyError } from './spdy-error.ts';
import { createSpdyStream, type InnerStream, type SpdyStream } from './spdy-stream.ts';

/** SPDY/3.1 over any byte stream: many streams in both directions over one connection. */
export interface SpdyConnection {
  /** Resolves when the other side has gone, or we have closed. */
  readonly closed: Promise<void>;
  open(headers: SpdyHeaders): SpdyStream;
  /** Says good-bye after all that was written, and ends our side. Streams that are open are gone. */
  close(): Promise<void>;
}

export interface SpdyConnectionOptions {
  readonly role: 'server' | 'client';
  /** Called with each stream that the other side opens, before it is answered; false refuses it. */
  readonly accept: (stream: SpdyStream) => boolean;
  /**
   * Whether the other side counts windows. Kubernetes' own library neither heeds nor grants them: to it one must send on
   * past 64 KiB, and the back-pressure of the connection is what bounds both directions. So the default is false.
   */
  readonly peerCountsWindows?: boolean | undefined;
  /** What one stream may hold unread; then reading stops for all. Default 256 KiB, more than a peer that counts sends. */
  readonly unreadLimitBytes?: number | undefined;
  /** Further streams are refused. Default 1000. */
  readonly maxStreams?: number | undefined;
}

type FrameOf<T extends SpdyFrame['type']> = Extract<SpdyFrame, { readonly type: T }>;

const initialWindowBytes = 64 * 1024;
const wholeConnection = 0;

export function createSpdyConnection(stream: ByteStream, options: SpdyConnectionOptions): SpdyConnection {
  const { unreadLimitBytes = 256 * 1024, maxStreams = 1000, peerCountsWindows = false } = options;
  const writer = createFrameWriter(stream);
  const streams = new Map<number, InnerStream>();
  const closed = createDeferred<void>();
  const window = createSendWindow(initialWindowBytes);
  const firstId = options.role === 'client' ? 1 : 2;
  let streamWindowBytes = initialWindowBytes;
  let nextId = firstId;
  let lastRemoteId = 0;

  const post = (frame: SpdyFrame): Promise<void> => writer.send(frame).catch(() => undefined);
  const reset = (streamId: number, status: number): Promise<void> => post({ type: 'rst-stream', streamId, status });
  const grantTo = (streamId: number) =>
    createReceiveGrant(initialWindowBytes, (delta) => void post({ type: 'window-update', streamId, delta }));
  const grantConnection = grantTo(wholeConnection);

  const reserve = async (ofStream: SendWindow, sizeBytes: number): Promise<number> => {
    if (!peerCountsWindows) return sizeBytes;
    const granted = await ofStream.take(sizeBytes);
    const sendable = granted === 0 ? 0 : await window.take(granted);
    if (sendable < granted) ofStream.grow(granted - sendable);
    return sendable;
  };

  const addStream = (id: number, headers: SpdyHeaders): InnerStream => {
    const grantStream = grantTo(id);
    const inner = createSpdyStream({
      ...{ id, headers, writer, window: createSendWindow(streamWindowBytes), reserve, unreadLimitBytes },
      onTaken(sizeBytes) {
        if (streams.has(id)) grantStream(sizeBytes);
        grantConnection(sizeBytes);
      },
      onClosed: () => void streams.delete(id),
    });
    streams.set(id, inner);
    return inner;
  };

  const onSynStream = ({ streamId, headers, fin }: FrameOf<'syn-stream'>): Promise<void> => {
    if (streamId <= lastRemoteId || streamId % 2 === firstId % 2) return reset(streamId, resetStatus.protocolError);
    lastRemoteId = streamId;
    if (streams.size >= maxStreams) return reset(streamId, resetStatus.refusedStream);
    const inner = addStream(streamId, headers);
    if (!options.accept(inner.stream)) {
      inner.drop();
      return reset(streamId, resetStatus.cancel);
    }
    if (!streams.has(streamId)) return Promise.resolve();
    // The answer is on its way before whatever the acceptor has begun to write: writes wait for a turn at least.
    const replied = post({ type: 'syn-reply', streamId, fin: false, headers: new Map() });
    if (fin) inner.remoteEnded();
    return replied;
  };

  const onData = async ({ streamId, data, fin }: FrameOf<'data'>): Promise<void> => {
    const inner = streams.get(streamId);
    // What comes for a stream that is gone still counts for the connection.
    if (!inner) return grantConnection(data.length);
    inner.inbox.push(data.slice());
    if (fin) inner.remoteEnded();
    // Ours may have closed the stream, and the rest then passes; ours may close the connection, and then nothing waits.
    else await Promise.race([inner.inbox.room(), inner.stream.closed, closed.promise]);
  };

  const onSettings = ({ entries }: FrameOf<'settings'>): void => {
    for (const { id, value } of entries) {
      if (id !== settingIds.initialWindowSize) continue;
      for (const inner of streams.values()) inner.window.grow(value - streamWindowBytes);
      streamWindowBytes = value;
    }
  };

  const handle = async (frame: SpdyFrame): Promise<void> => {
    switch (frame.type) {
      case 'syn-stream':
        return await onSynStream(frame);
      case 'syn-reply':
      case 'headers':
        if (frame.fin) streams.get(frame.streamId)?.remoteEnded();
        return;
      case 'data':
        return await onData(frame);
      case 'rst-stream':
        return streams.get(frame.streamId)?.drop();
      case 'ping':
        // Who asked chose the number: an even one comes from a server. Ours are never asked.
        return frame.id % 2 === firstId % 2 ? undefined : await post(frame);
      case 'settings':
        return onSettings(frame);
      case 'window-update': {
        const target = frame.streamId === wholeConnection ? window : streams.get(frame.streamId)?.window;
        return target?.grow(frame.delta);
      }
      case 'goaway':
        // No new streams come from there; those that are open go on.
        return;
    }
  };

  const finish = (): void => {
    for (const inner of [...streams.values()]) inner.drop();
    window.close();
    closed.resolve();
  };
  const close = async (status: number): Promise<void> => {
    finish();
    await post({ type: 'goaway', lastGoodStreamId: lastRemoteId, status });
    stream.end();
  };
  const read = async (): Promise<void> => {
    const decoder = createSpdyDecoder();
    try {
      for await (const bytes of stream.incoming) for (const frame of decoder.push(bytes)) await handle(frame);
      finish();
      stream.end();
    } catch (error) {
      // A broken frame ends the connection with a word why; a lost connection just ends.
      if (error instanceof SpdyError) await close(goawayStatus.protocolError);
      else finish();
    }
  };
  void read();

  return {
    closed: closed.promise,
    open(headers) {
      const inner = addStream(nextId, headers);
      nextId += 2;
      const { id } = inner.stream;
      void post({
        ...{ type: 'syn-stream', streamId: id, associatedTo: 0, priority: 0 },
        ...{ fin: false, unidirectional: false, headers },
      });
      return inner.stream;
    },
    close: () => close(goawayStatus.ok),
  };
}
