import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CodedError, messageOf } from '@trireme/base';
import type { HttpHandler, Logger } from '@trireme/ports';
import type { ExchangeDeps } from './exchange.ts';
import { exchangeHttp1 } from './h1-exchange.ts';
import { exchangeHttp2 } from './h2-exchange.ts';
import { exchangeUpgrade } from './upgrade-exchange.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0: a free one, see `addresses`. */
  readonly port: number;
  /** Several processes may listen on the same address, and the kernel spreads connections over them. */
  readonly reusePort?: boolean;
}

/** PEM texts. A client certificate is asked for where `clientCa` is given, and never demanded. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string | undefined;
}

export interface HttpsServerOptions {
  readonly handler: HttpHandler;
  readonly listen: readonly ListenAddress[];
  readonly tls: ServerTls;
  readonly logger: Logger;
  readonly limits?: Partial<HttpsLimits>;
}

export interface HttpsLimits {
  /** How long a client may take to send its request's head. */
  readonly headersTimeoutMs: number;
  /** How long a client may take to send a whole request, body included (HTTP/1.1). */
  readonly requestTimeoutMs: number;
  /** How long an idle HTTP/1.1 connection is kept. Longer than clients keep theirs, so that they close first. */
  readonly keepAliveTimeoutMs: number;
  readonly maxHeaderSizeBytes: number;
  readonly maxConcurrentStreams: number;
  readonly maxConnections: number;
}

const defaultLimits: HttpsLimits = {
  headersTimeoutMs: 32_000,
  requestTimeoutMs: 120_000,
  keepAliveTimeoutMs: 180_000,
  maxHeaderSizeBytes: 64 * 1024,
  maxConcurrentStreams: 250,
  maxConnections: 20_000,
};

export interface HttpsServer {
  /** What it listens on, in the order of `listen`, with real port numbers. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** New connections use these from now on; connections that are there keep theirs. */
  reloadTls(tls: ServerTls): void;
  /** Stops listening, lets exchanges finish for `graceMs` (default 1000), then cuts what is left. */
  close(graceMs?: number): Promise<void>;
}

/** HTTP/1.1 and HTTP/2 over TLS on the same ports, in front of a handler. Rejects where an address cannot be listened on. */
export async function createHttpsServer(options: HttpsServerOptions): Promise<HttpsServer> {
  const listeners: Listener[] = [];
  try {
    for (const address of options.listen) listeners.push(await startListener(address, options));
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close(0)));
    throw error;
  }
  return {
    addresses: listeners.map((listener) => listener.address),
    reloadTls: (tls) => {
      for (const listener of listeners) listener.server.setSecureContext(secureContext(tls));
    },
    close: async (graceMs = 1000) => {
      await Promise.all(listeners.map((listener) => listener.close(graceMs)));
    },
  };
}

interface Listener {
  readonly server: Http2SecureServer;
  readonly address: { readonly host: string; readonly port: number };
  close(graceMs: number): Promise<void>;
}

function secureContext(tls: ServerTls): { cert: string; key: string; ca?: string } {
  return { cert: tls.cert, key: tls.key, ...(tls.clientCa ? { ca: tls.clientCa } : {}) };
}

async function startListener(address: ListenAddress, options: HttpsServerOptions): Promise<Listener> {
  const limits = { ...defaultLimits, ...options.limits };
  const deps: ExchangeDeps = { handler: options.handler, logger: options.logger };
  const server = createSecureServer({
    ...secureContext(options.tls),
    allowHTTP1: true,
    requestCert: options.tls.clientCa !== undefined,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    maxHeaderSize: limits.maxHeaderSizeBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    handshakeTimeout: 10_000,
    // In megabytes. One connection carries the watches of a whole program, each with a buffer.
    maxSessionMemory: 256,
    settings: { maxConcurrentStreams: limits.maxConcurrentStreams, initialWindowSize: 256 * 1024 },
  } as Parameters<typeof createSecureServer>[0]);
  server.maxConnections = limits.maxConnections;
  const connections = trackConnections(server);
  attachExchanges(server, deps);
  await listen(server, address);
  const bound = server.address() as AddressInfo;
  server.on('error', (error) => options.logger.log('error', 'listener failed', { error: messageOf(error) }));
  return {
    server,
    address: { host: address.host, port: bound.port },
    close: (graceMs) => closeListener(server, connections, graceMs),
  };
}

function attachExchanges(server: Http2SecureServer, deps: ExchangeDeps): void {
  const report = (error: unknown): void => {
    deps.logger.log('error', 'exchange failed', { error: messageOf(error) });
  };
  server.on('request', (incoming, outgoing) => {
    exchangeHttp1(deps, incoming as unknown as IncomingMessage, outgoing as unknown as ServerResponse).catch(report);
  });
  // Listening to 'request' has made Node serve HTTP/2 through its compatibility layer; streams are served directly.
  server.removeAllListeners('stream');
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number) => {
    const socket = stream.session?.socket as Socket | undefined;
    if (!socket) return;
    const endOfStream = (flags & 1) === 1;
    exchangeHttp2(deps, stream, headers, socket, endOfStream).catch(report);
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Uint8Array) => {
    exchangeUpgrade(deps, incoming, socket, head).catch(report);
  });
  server.on('clientError', (_error, socket: Duplex) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  server.on('tlsClientError', () => undefined);
  server.on('sessionError', () => undefined);
}

interface Connections {
  readonly sockets: Set<Socket>;
  readonly sessions: Set<ServerHttp2Session>;
}

function trackConnections(server: Http2SecureServer): Connections {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  return { sockets, sessions };
}

function listen(server: Http2SecureServer, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      reject(
        new CodedError(
          'listen-failed',
          `listen on ${address.host}:${address.port}: ${error.message}. Free the address or choose another.`,
          {
            cause: error,
          },
        ),
      );
    };
    server.once('error', failed);
    server.listen({ host: address.host, port: address.port, reusePort: address.reusePort ?? false }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

async function closeListener(server: Http2SecureServer, connections: Connections, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const session of connections.sessions) session.close();
  const cut = setTimeout(() => {
    for (const session of connections.sessions) session.destroy();
    for (const socket of connections.sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(cut);
}
