import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer, TLSSocket } from 'node:tls';
import { type Bytes, CodedError, invariant, messageOf, utf8 } from '@trireme/base';
import type { Logger, PeerTransport, Timers } from '@trireme/ports';
import { createFrameReader, framed } from './frames.ts';
import { decodeOpening, type Opening, type PeerGreeting } from './greeting.ts';
import { memberOf, type PeerTls } from './identity.ts';
import { createOutgoing, lookMs, type Outgoing, type OutgoingLimits } from './outgoing.ts';

export interface TlsPeerTransportOptions {
  readonly id: bigint;
  readonly listen: { readonly host: string; readonly port: number };
  /** Absent: plain connections, which trust the network; then there has to be a greeting. */
  readonly tls?: PeerTls | undefined;
  /** For peers whose certificates do not name them. */
  readonly greeting?: PeerGreeting | undefined;
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
  maxBackoffMs: 250,
  maxFrameBytes: 64 << 20,
};
const greetingTimeoutMs = 10_000;

/**
 * Messages between members over mutual TLS: each member keeps one connection to every other for what it sends. Both ends
 * verify the other's certificate against the members' CA and read its id from it, or from the greeting where there is one.
 */
export async function createTlsPeerTransport(options: TlsPeerTransportOptions): Promise<TlsPeerTransport> {
  const { tls, greeting, logger, time: timers, listen } = options;
  invariant(
    tls?.ca !== undefined || greeting,
    'members know each other by certificates of one authority, or by greetings',
  );
  const limits = { ...defaultLimits, ...options.limits };
  const outgoing = new Map<bigint, Outgoing>();
  const incoming = new Map<bigint, Socket>();
  const sockets = new Set<Socket>();
  let handler: (from: bigint, message: Bytes) => void = () => undefined;
  let disconnected: (from: bigint) => void = () => undefined;

  const said = greeting && { cluster: greeting.cluster, from: options.id };

  const refuse = (socket: Socket, why: string): void => {
    logger.log('warn', `a connection was refused: ${why}`, { address: socket.remoteAddress });
    socket.destroy();
  };

  const objection = (opening: Exclude<Opening, { type: 'question' }> | undefined): string | undefined => {
    if (!opening) return 'it does not begin as a member does';
    if (opening.cluster !== greeting?.cluster) return `it comes from another cluster, ${opening.cluster}`;
    if (opening.to !== options.id) return `it looks for member ${opening.to}, and this is ${options.id}`;
    return opening.from === options.id ? 'it says to be this member' : undefined;
  };

  /** Who is at the other end, if that is a member; else the connection is over, or ends with an answer. */
  const identify = (socket: Socket, frame: Bytes): bigint | undefined => {
    const opening = decodeOpening(frame);
    if (opening?.type === 'question') {
      const ended = (): void => void socket.end();
      greeting?.answer?.(opening.question).then((answer) => {
        if (answer !== undefined) socket.write(framed(utf8(answer)));
        ended();
      }, ended);
      return undefined;
    }
    const wrong = objection(opening);
    if (wrong) refuse(socket, wrong);
    return wrong ? undefined : opening?.from;
  };

  const admit = (from: bigint, socket: Socket): void => {
    // A member that connects anew has given its old connection up, even if we have not noticed.
    incoming.get(from)?.destroy();
    incoming.set(from, socket);
    outgoing.get(from)?.nudge();
    socket.on('close', () => {
      if (incoming.get(from) !== socket) return;
      incoming.delete(from);
      disconnected(from);
    });
  };

  const accept = (socket: Socket): void => {
    let from = greeting || !(socket instanceof TLSSocket) ? undefined : memberOf(socket.getPeerCertificate());
    if (from !== undefined && from !== options.id) admit(from, socket);
    else if (!greeting) {
      refuse(socket, 'its certificate is not that of another member');
      return;
    }
    const silent = greeting && timers.after(greetingTimeoutMs, () => from === undefined && socket.destroy());
    socket.on('close', () => silent?.cancel());
    const reader = createFrameReader(limits.maxFrameBytes, (frame) => {
      if (from !== undefined) {
        if (incoming.get(from) !== socket) return;
        outgoing.get(from)?.heard();
        handler(from, frame);
        return;
      }
      from = identify(socket, frame);
      if (from !== undefined) admit(from, socket);
    });
    socket.on('data', (chunk: Buffer) => {
      if (reader.push(chunk)) return;
      logger.log('warn', 'a peer sent a frame over the limit; the connection is dropped', { peer: String(from) });
      socket.destroy();
    });
  };

  const take = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', (error) => logger.log('debug', 'a peer connection failed', { error: error.message }));
    socket.on('close', () => sockets.delete(socket));
    accept(socket);
  };
  const server = tls ? createTlsServer(tls, logger, take) : createPlainServer(socketOptions, take);
  const address = await listenOn(server, listen);
  const look = (): void => {
    looking = timers.after(lookMs, look);
    for (const peer of outgoing.values()) peer.look();
  };
  let looking = timers.after(lookMs, look);

  return {
    address,
    send(to, message) {
      outgoing.get(to)?.send(message);
    },
    onMessage(next) {
      handler = next;
    },
    onDisconnect(next) {
      disconnected = next;
    },
    setPeers(peers) {
      const others = peers.filter(({ id }) => id !== options.id);
      const wanted = new Map(others.map(({ id, url, moreUrls = [] }) => [id, [...new Set([url, ...moreUrls])]]));
      for (const [id, known] of outgoing) {
        if (wanted.get(id)?.join() === known.urls.join()) continue;
        known.close();
        outgoing.delete(id);
      }
      for (const [id, urls] of wanted)
        if (!outgoing.has(id))
          outgoing.set(id, createOutgoing({ timers, logger, tls, greeting: said }, { id, urls }, limits));
    },
    async close() {
      handler = () => undefined;
      disconnected = () => undefined;
      looking.cancel();
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

const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 5_000 } as const;

function createTlsServer(tls: PeerTls, logger: Logger, take: (socket: Socket) => void): Server {
  const { ca, cert, key } = tls;
  const proof = { requestCert: ca !== undefined, rejectUnauthorized: ca !== undefined };
  const server = createServer({ ...socketOptions, ...proof, ca, cert, key, minVersion: 'TLSv1.3' }, take);
  server.on('tlsClientError', (error) => {
    logger.log('debug', 'a connection was refused in the TLS handshake', { error: error.message });
  });
  return server;
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
