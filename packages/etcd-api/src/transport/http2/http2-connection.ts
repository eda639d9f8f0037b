import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CallerCertificate } from '../../service/index.ts';
import type { AcceptCall } from '../http-call.ts';
import { Http2Call } from './http2-call.ts';
import { createPingPolice } from './ping-police.ts';

export interface ConnectionLimits {
  /** How long a client may take to begin: to shake hands, and to send its first settings. */
  readonly handshakeTimeoutMs: number;
  /** As etcd's `--grpc-keepalive-interval`: after that long without a sign of the client it is pinged. 0: never. */
  readonly keepaliveIntervalMs: number;
  /** As etcd's `--grpc-keepalive-timeout`: for how long its answer is waited for. */
  readonly keepaliveTimeoutMs: number;
  /** As etcd's `--grpc-keepalive-min-time`: clients that ping more often are cut off. */
  readonly keepaliveMinTimeMs: number;
  readonly maxConcurrentStreams: number;
  /** All that one connection may hold here: requests, and answers that its client has not taken. Above it calls are refused. */
  readonly maxConnectionBytes: number;
}

export const defaultLimits: ConnectionLimits = {
  handshakeTimeoutMs: 10_000,
  keepaliveIntervalMs: 2 * 60 * 60 * 1000,
  keepaliveTimeoutMs: 20_000,
  keepaliveMinTimeMs: 5_000,
  maxConcurrentStreams: 100_000,
  // Some lists of ten thousand pods at once.
  maxConnectionBytes: 512 * 1_000_000,
};

export interface Connection {
  /** No new calls; ends when the open ones have. */
  drain(): void;
  destroy(): void;
}

const connectionWindowBytes = 16 * 1024 * 1024;
const streamWindowBytes = 1024 * 1024;

function sessionOptions({ maxConcurrentStreams, maxConnectionBytes }: ConnectionLimits): ServerOptions {
  return {
    settings: {
      maxConcurrentStreams,
      initialWindowSize: streamWindowBytes,
      maxHeaderListSize: 64 * 1024,
      enablePush: false,
    },
    paddingStrategy: constants.PADDING_STRATEGY_NONE,
    // In megabytes.
    maxSessionMemory: Math.ceil(maxConnectionBytes / 1_000_000),
    // Clients cancel calls in earnest: a thousand watches at once when one of them stops. A flood is above that.
    streamResetBurst: 20_000,
    streamResetRate: 1_000,
  } as ServerOptions;
}

/** More than the answer to a ping and what else goes out by itself, in TLS. */
const answeredPingBytes = 256;

/** Speaks HTTP/2 on a socket from which nothing was read, or to which what was read was given back. */
export function createConnection(
  socket: Socket,
  accept: AcceptCall,
  limits: ConnectionLimits,
  onClose: () => void,
): Connection {
  const session = performServerHandshake(socket, sessionOptions(limits));
  const police = createPingPolice(limits.keepaliveMinTimeMs);
  let openCalls = 0;
  let certificate: { readonly shown: CallerCertificate | undefined } | undefined;
  const connection = {
    get certificate() {
      certificate ??= { shown: certificateOf(socket) };
      return certificate.shown;
    },
    onSend: police.onSend,
    onCallClosed() {
      openCalls -= 1;
    },
  };
  session.on('stream', (stream: ServerHttp2Stream, headers) => {
    openCalls += 1;
    const call = new Http2Call(stream, headers, connection);
    call.listen(accept(call));
  });
  let written = 0;
  session.on('ping', () => {
    // Go's clients ping with every part of a large answer to measure the way, long after it was given to be sent.
    if (socket.bytesWritten - written > answeredPingBytes) police.onSend();
    written = socket.bytesWritten;
    if (!police.onPing(performance.now(), openCalls)) return;
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
    setImmediate(() => session.destroy());
  });
  // Whatever goes wrong with a connection is told by its end.
  session.on('error', () => undefined);
  session.setLocalWindowSize(connectionWindowBytes);

  const handshake = setTimeout(() => session.destroy(), limits.handshakeTimeoutMs);
  session.once('remoteSettings', () => clearTimeout(handshake));
  const stopKeepalive = keepAlive(session, socket, limits);
  session.once('close', () => {
    clearTimeout(handshake);
    stopKeepalive();
    onClose();
  });
  return { drain: () => session.close(), destroy: () => session.destroy() };
}

/** Pings a client of whom nothing was heard for long, and cuts off one that does not answer. */
function keepAlive(session: ServerHttp2Session, socket: Socket, limits: ConnectionLimits): () => void {
  const { keepaliveIntervalMs, keepaliveTimeoutMs } = limits;
  if (keepaliveIntervalMs <= 0) return () => undefined;
  let heard = -1;
  let answer: NodeJS.Timeout | undefined;
  const check = (): void => {
    if (session.closed || session.destroyed || answer) return;
    const { bytesRead } = socket;
    if (bytesRead !== heard) {
      heard = bytesRead;
      return;
    }
    answer = setTimeout(() => session.destroy(), keepaliveTimeoutMs);
    session.ping(() => {
      clearTimeout(answer);
      answer = undefined;
    });
  };
  const interval = setInterval(check, keepaliveIntervalMs);
  interval.unref();
  return () => {
    clearInterval(interval);
    clearTimeout(answer);
  };
}

/** A name that stands several times in a certificate is a list. */
function certificateOf(socket: Socket): CallerCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const subject = socket.getPeerCertificate().subject as Partial<Record<'CN' | 'O', unknown>> | undefined;
  if (!subject) return undefined;
  const { CN = '', O = [] } = subject;
  return { commonName: String([CN].flat()[0]), organizations: [O].flat().map(String) };
}
