import type { Socket } from 'node:net';
import type { Bytes } from '@trireme/base';
import type { Logger, Timer, Timers } from '@trireme/ports';
import { framed } from './frames.ts';
import { encodeOpening } from './greeting.ts';
import { connectToPeer, type PeerTls } from './identity.ts';
import { createSilence } from './silence.ts';

export const lookMs = 250;
/**
 * A connection over which a peer is spoken to for a second without an answer, and an attempt to reach its machine of half a
 * second, are given up: after a partition TCP would wait for seconds before it tries again. A handshake may take longer,
 * since a busy machine has begun it.
 */
const mostSilentLooks = 4;
const mostConnectingLooks = 3;
const mostHandshakeLooks = 20;

export interface OutgoingLimits {
  /** What may wait for a peer. Beyond it everything that waits is dropped: consensus sends again what matters. */
  readonly maxQueueBytes: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

/** Our way to one peer: one connection, made again whenever it breaks, for as long as the peer is known. */
export interface Outgoing {
  readonly urls: readonly string[];
  send(message: Bytes): void;
  /** Something came from the peer. */
  heard(): void;
  /** The peer has connected to us: do not wait to connect, and do not trust a connection that does not move. */
  nudge(): void;
  /** To be called each `lookMs`: gives up a connection that leads nowhere. */
  look(): void;
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
  peer: { readonly id: bigint; readonly urls: readonly string[] },
  limits: OutgoingLimits,
): Outgoing {
  const { timers, tls, greeting } = deps;
  const logger = deps.logger.with({ peer: String(peer.id) });
  const silence = createSilence(mostSilentLooks);
  let socket: Socket | undefined;
  let attempts = 0;
  /** At a connection that is not ready. */
  let looks = 0;
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
    const url = peer.urls[attempts % peer.urls.length] as string;
    looks = 0;
    const made = connectToPeer(url, tls, greeting ? undefined : peer.id, () => {
      ready = true;
      silence.heard();
      backoffMs = limits.minBackoffMs;
      logger.log('debug', 'connected to a peer', { url });
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
    made.on('error', (error) => logger.log('debug', 'the connection to a peer failed', { url, error: error.message }));
    made.on('close', () => {
      if (socket !== made) return;
      socket = undefined;
      if (!ready) attempts += 1;
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
    silence.spoke();
    to.write(framed(message));
  };

  open();
  return {
    urls: peer.urls,
    heard: silence.heard,
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
      if (socket?.connecting) {
        // The way is open now, and the attempt may have begun when it was not.
        const old = socket;
        socket = undefined;
        old.destroy();
      }
      if (!socket) open();
      else if (ready && (socket.writableLength > 0 || silence.looks > 0)) socket.destroy();
    },
    look() {
      if (!socket) return;
      looks += 1;
      const isLate = looks >= (socket.connecting ? mostConnectingLooks : mostHandshakeLooks);
      if (ready ? !silence.look() : !isLate) return;
      logger.log('info', 'a peer is not heard; the connection is made anew');
      socket.destroy();
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
