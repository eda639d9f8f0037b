import { createServer, type Server, type TLSSocket } from 'node:tls';
import { type Bytes, CodedError, messageOf } from '@trireme/base';
import type { Logger, PeerTransport, Timers } from '@trireme/ports';
import { createFrameReader } from './frames.ts';
import { memberOf, type PeerTls } from './identity.ts';
import { createOutgoing, type Outgoing, type OutgoingLimits } from './outgoing.ts';

export interface TlsPeerTransportOptions {
  readonly id: bigint;
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: PeerTls;
  readonly logger: Logger;
  readonly time: Timers;
  readonly limits?: Partial<OutgoingLimits & { readonly maxFrameBytes: number }>;
}

export interface TlsPeerTransport extends PeerTransport {
  readonly address: { readonly host: string; readonly port: number };
}

const defaultLimits = {
  maxQueueBytes: 64 << 20,
  minBackoffMs: 20,
  maxBackoffMs: 1_000,
  maxFrameBytes: 64 << 20,
};

/**
 * Messages between members over mutual TLS: each member keeps one connection to every other for what it sends. Both ends
 * verify the other's certificate against the members' CA and read its id from it.
 */
export async function createTlsPeerTransport(options: TlsPeerTransportOptions): Promise<TlsPeerTransport> {
  const { tls, logger, time: timers, listen } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const outgoing = new Map<bigint, Outgoing>();
  const incoming = new Map<bigint, TLSSocket>();
  const sockets = new Set<TLSSocket>();
  let handler: (from: bigint, message: Bytes) => void = () => undefined;

  const accept = (socket: TLSSocket): void => {
    const from = memberOf(socket.getPeerCertificate());
    if (from === undefined || from === options.id) {
      logger.log('warn', 'a connection was refused: its certificate is not that of another member', {
        address: socket.remoteAddress,
      });
      socket.destroy();
      return;
    }
    // A member that connects anew has given its old connection up, even if we have not noticed.
    incoming.get(from)?.destroy();
    incoming.set(from, socket);
    outgoing.get(from)?.nudge();
    const reader = createFrameReader(limits.maxFrameBytes, (frame) => {
      if (incoming.get(from) === socket) handler(from, frame);
    });
    socket.on('data', (chunk: Buffer) => {
      if (reader.push(chunk)) return;
      logger.log('warn', 'a peer sent a frame over the limit; the connection is dropped', { peer: String(from) });
      socket.destroy();
    });
    socket.on('close', () => {
      if (incoming.get(from) === socket) incoming.delete(from);
    });
  };

  const server = createServer({
    ca: tls.ca,
    cert: tls.cert,
    key: tls.key,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 5_000,
  });
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', (error) => logger.log('debug', 'a peer connection failed', { error: error.message }));
    socket.on('close', () => sockets.delete(socket));
    accept(socket);
  });
  server.on('tlsClientError', (error) => {
    logger.log('debug', 'a connection was refused in the TLS handshake', { error: error.message });
  });
  const address = await listenOn(server, listen);

  return {
    address,
    send(to, message) {
      outgoing.get(to)?.send(message);
    },
    onMessage(next) {
      handler = next;
    },
    setPeers(peers) {
      const wanted = new Map(peers.filter(({ id }) => id !== options.id).map((peer) => [peer.id, peer]));
      for (const [id, known] of outgoing) {
        if (wanted.get(id)?.url === known.url) continue;
        known.close();
        outgoing.delete(id);
      }
      for (const [id, peer] of wanted)
        if (!outgoing.has(id)) outgoing.set(id, createOutgoing({ timers, logger, tls }, peer, limits));
    },
    async close() {
      handler = () => undefined;
      for (const peer of outgoing.values()) peer.close();
      outgoing.clear();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listenOn(server: Server, listen: { readonly host: string; readonly port: number }) {
  return new Promise<{ readonly host: string; readonly port: number }>((resolve, reject) => {
    const failed = (cause: Error): void => {
      const message = `listen for peers on ${listen.host}:${listen.port}: ${messageOf(cause)}. Choose another port.`;
      reject(new CodedError('listen-failed', message, { cause }));
    };
    server.once('error', failed);
    server.listen(listen.port, listen.host, () => {
      server.off('error', failed);
      const bound = server.address();
      resolve({ host: listen.host, port: typeof bound === 'object' && bound ? bound.port : listen.port });
    });
  });
}
