import type { Socket } from 'node:net';
import type { Bytes } from '@trireme/base';
import type { Logger, Timer, Timers } from '@trireme/ports';
import { framed } from './frames.ts';
import { encodeOpening } from './greeting.ts';
import { connectToPeer, type PeerTls } from './identity.ts';

export interface OutgoingLimits {
  /** What may wait for a peer. Beyond it everything that waits is dropped: consensus sends again what matters. */
  readonly maxQueueBytes: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

/** Our way to one peer: one connection, made again whenever it breaks, for as long as the peer is known. */
export interface Outgoing {
  readonly url: string;
  send(message: Bytes): void;
  /** The peer was heard to be up: do not wait to connect, and do not trust a connection that does not move. */
  nudge(): void;
  close(): void;
}

export function createOutgoing(
  deps: {
    readonly timers: Timers;
    readonly logger: Logger;
    readonly tls: PeerTls | undefined;
    /** Who we say we are, where the certificate does not. */
    readonly greeting: { readonly cluster: bigint; readonly from: bigint } | undefined;
  },
  peer: { readonly id: bigint; readonly url: string },
  limits: OutgoingLimits,
): Outgoing {
  const { timers, tls, greeting } = deps;
  const logger = deps.logger.with({ peer: String(peer.id), url: peer.url });
  let socket: Socket | undefined;
  let ready = false;
  let closed = false;
  let backoffMs = limits.minBackoffMs;
  let retry: Timer | undefined;
  let queue: Bytes[] = [];
  let queueBytes = 0;

  const open = (): void => {
    retry?.cancel();
    retry = undefined;
    if (closed || socket) return;
    const made = connectToPeer(peer.url, tls, greeting ? undefined : peer.id, () => {
      ready = true;
      backoffMs = limits.minBackoffMs;
      logger.log('debug', 'connected to a peer');
      if (greeting) write(encodeOpening({ type: 'greeting', ...greeting, to: peer.id }));
      const waiting = queue;
      drop();
      for (const message of waiting) write(message);
    });
    socket = made;
    made.setNoDelay(true);
    made.setKeepAlive(true, 5_000);
    // Nothing comes this way; reading notices the end of the connection.
    made.on('data', () => undefined);
    made.on('error', (error) => logger.log('debug', 'the connection to a peer failed', { error: error.message }));
    made.on('close', () => {
      if (socket !== made) return;
      socket = undefined;
      ready = false;
      if (closed) return;
      retry = timers.after(backoffMs, open);
      backoffMs = Math.min(limits.maxBackoffMs, backoffMs * 2);
    });
  };

  const drop = (): void => {
    queue = [];
    queueBytes = 0;
  };

  const write = (message: Bytes): void => {
    const to = socket as Socket;
    if (to.writableLength > limits.maxQueueBytes) {
      logger.log('warn', 'a peer does not read what it is sent; the connection is made anew');
      to.destroy();
      return;
    }
    to.write(framed(message));
  };

  open();
  return {
    url: peer.url,
    send(message) {
      if (closed) return;
      if (ready) {
        write(message);
        return;
      }
      if (queueBytes + message.length > limits.maxQueueBytes) drop();
      queue.push(message);
      queueBytes += message.length;
    },
    nudge() {
      if (!socket) open();
      else if (ready && socket.writableLength > 0) socket.destroy();
    },
    close() {
      closed = true;
      retry?.cancel();
      drop();
      socket?.destroy();
      socket = undefined;
    },
  };
}
