import { createDeferred } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import { createSpdyDecoder } from './frame-decoder.ts';
import { createFrameWriter, type FrameWriter } from './frame-writer.ts';
import { goawayStatus, resetStatus, type SpdyFrame, settingIds } from './frames.ts';
import type { SpdyHeaders } from './header-block.ts';
import { SpdyError } from './spdy-error.ts';
import type { SpdyStream } from './spdy-stream.ts';
import { createStreamTable, type StreamTable } from './stream-table.ts';

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
  /**
   * False: say nothing about windows, to a peer that does not count them. What such a peer has not read when it closes
   * makes its kernel reset the connection, and what it had sent last is lost. Default true.
   */
  readonly grantsWindows?: boolean | undefined;
  /**
   * What one stream may hold unread; then reading stops for all, as it does when all together hold four
   * times as much. Default 256 KiB, more than a peer that counts sends.
   */
  readonly unreadLimitBytes?: number | undefined;
  /** Further streams are refused. Default 1000. */
  readonly maxStreams?: number | undefined;
}

type FrameOf<T extends SpdyFrame['type']> = Extract<SpdyFrame, { readonly type: T }>;

export function createSpdyConnection(stream: ByteStream, options: SpdyConnectionOptions): SpdyConnection {
  const { unreadLimitBytes = 256 * 1024, peerCountsWindows = false, grantsWindows = true } = options;
  const writer = createFrameWriter(stream);
  const streams = createStreamTable(writer, { unreadLimitBytes, peerCountsWindows, grantsWindows });
  const peer = createPeer(writer, streams, options);
  const closed = createDeferred<void>();
  let nextId = firstIdOf(options.role);

  const finish = (): void => {
    streams.dropAll();
    closed.resolve();
  };
  const close = async (status: number): Promise<void> => {
    finish();
    await writer.send({ type: 'goaway', lastGoodStreamId: peer.lastStreamId(), status }).catch(() => undefined);
    stream.end();
  };
  const read = async (): Promise<void> => {
    const decoder = createSpdyDecoder();
    try {
      for await (const bytes of stream.incoming) for (const frame of decoder.push(bytes)) await peer.handle(frame);
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
      const streamId = nextId;
      nextId += 2;
      const inner = streams.add(streamId, headers);
      const about = { associatedTo: 0, priority: 0, fin: false, unidirectional: false };
      writer.send({ type: 'syn-stream', streamId, ...about, headers }).catch(() => undefined);
      return inner.stream;
    },
    close: () => close(goawayStatus.ok),
  };
}

const firstIdOf = (role: 'server' | 'client'): number => (role === 'client' ? 1 : 2);

/** What the other side says, and what is done about it at once. */
interface Peer {
  /** Resolves when the next frame may be read. */
  handle(frame: SpdyFrame): Promise<void> | void;
  lastStreamId(): number;
}

function createPeer(writer: FrameWriter, streams: StreamTable, options: SpdyConnectionOptions): Peer {
  const { accept, maxStreams = 1000 } = options;
  const ourParity = firstIdOf(options.role) % 2;
  let lastStreamId = 0;
  const post = (frame: SpdyFrame): Promise<void> => writer.send(frame).catch(() => undefined);
  const reset = (streamId: number, status: number): Promise<void> => post({ type: 'rst-stream', streamId, status });

  const onSynStream = ({ streamId, headers, fin }: FrameOf<'syn-stream'>): Promise<void> => {
    if (streamId <= lastStreamId || streamId % 2 === ourParity) return reset(streamId, resetStatus.protocolError);
    lastStreamId = streamId;
    if (streams.size >= maxStreams) return reset(streamId, resetStatus.refusedStream);
    const inner = streams.add(streamId, headers);
    if (!accept(inner.stream)) {
      inner.drop();
      return reset(streamId, resetStatus.cancel);
    }
    if (!streams.get(streamId)) return Promise.resolve();
    // The answer is on its way before whatever the acceptor has begun to write: writes wait for a turn at least.
    const replied = post({ type: 'syn-reply', streamId, fin: false, headers: new Map() });
    if (fin) inner.remoteEnded();
    return replied;
  };

  const handle = (frame: SpdyFrame): Promise<void> | void => {
    switch (frame.type) {
      case 'syn-stream':
        return onSynStream(frame);
      case 'syn-reply':
      case 'headers':
        if (frame.fin) streams.get(frame.streamId)?.remoteEnded();
        return;
      case 'data':
        return streams.receive(frame.streamId, frame.data, frame.fin);
      case 'rst-stream':
        return streams.get(frame.streamId)?.drop();
      case 'ping':
        // Who asked chose the number: an even one is a server's. What comes back with our parity would be an answer.
        return frame.id % 2 === ourParity ? undefined : post(frame);
      case 'settings':
        for (const { id, value } of frame.entries)
          if (id === settingIds.initialWindowSize) streams.setInitialWindow(value);
        return;
      case 'window-update':
        return streams.grow(frame.streamId, frame.delta);
      case 'goaway':
        // No new streams come from there; those that are open go on.
        return;
    }
  };
  return { handle, lastStreamId: () => lastStreamId };
}
