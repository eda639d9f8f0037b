import {
  createServer as createHttp1Server,
  type Server as Http1Server,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { AcceptCall } from '../http-call.ts';
import { notFound, type Pages, pageFailed, plainText } from '../pages.ts';
import { type Connection, type ConnectionLimits, createConnection } from './http2-connection.ts';
import { sniffPreface } from './sniff-preface.ts';

/** PEM, all of it. With `clientCa` only clients with a certificate of it are let in. */
export interface EtcdServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string | undefined;
}

/** `insecure`: without TLS, though the server has it elsewhere. */
export type ListenAddress = {
  readonly insecure?: boolean | undefined;
} & (
  | {
      readonly host: string;
      /** 0 for any that is free. */
      readonly port: number;
    }
  | { readonly socketPath: string }
);

export interface ListenerOptions {
  readonly accept: AcceptCall;
  readonly pages: Pages;
  readonly tls: EtcdServerTls | undefined;
  readonly limits: ConnectionLimits;
}

export interface Listener {
  readonly url: string;
  /** Stops listening and tells clients to go, then cuts off who is there after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Serves HTTP/2 at an address, and pages to those who speak HTTP/1.1. */
export async function openListener(address: ListenAddress, options: ListenerOptions): Promise<Listener> {
  const tls = address.insecure ? undefined : options.tls;
  const connections = new Set<Connection>();
  const http1 = createPagesServer(options.pages, options.limits.handshakeTimeoutMs);

  const serve = (socket: Socket): void => {
    const connection = createConnection(socket, options.accept, options.limits, () => connections.delete(connection));
    connections.add(connection);
  };
  const serveHttp1 = (socket: Socket): void => void http1.emit('connection', socket);

  const server = tls
    ? secureServer(tls, options.limits, (socket) => (socket.alpnProtocol === 'h2' ? serve(socket) : serveHttp1(socket)))
    : createPlainServer({ noDelay: true }, (socket) =>
        sniffPreface(socket, options.limits.handshakeTimeoutMs, { http2: serve, http1: serveHttp1 }),
      );
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const url = await listen(server, address, tls ? 'https' : 'http');
  return {
    url,
    async close(graceMs) {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of connections) connection.drain();
      http1.closeIdleConnections();
      const cut = setTimeout(() => {
        for (const connection of connections) connection.destroy();
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      await closed;
      clearTimeout(cut);
      http1.close();
    },
  };
}

function secureServer(tls: EtcdServerTls, limits: ConnectionLimits, onSocket: (socket: TLSSocket) => void): Server {
  const { cert, key, clientCa } = tls;
  const server = createTlsServer(
    {
      cert,
      key,
      ...(clientCa === undefined ? {} : { ca: clientCa }),
      requestCert: clientCa !== undefined,
      rejectUnauthorized: clientCa !== undefined,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: limits.handshakeTimeoutMs,
      noDelay: true,
    },
    (socket) => {
      socket.on('error', () => undefined);
      socket.disableRenegotiation();
      onSocket(socket);
    },
  );
  // A client that is not let in hears so from TLS, and is no affair of the server's.
  server.on('tlsClientError', () => undefined);
  return server;
}

function listen(server: Server, address: ListenAddress, scheme: 'http' | 'https'): Promise<string> {
  const isPath = 'socketPath' in address;
  const name = isPath ? '' : address.host.includes(':') ? `[${address.host}]` : address.host;
  const where = isPath ? address.socketPath : `${name}:${address.port}`;
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`listen at ${where}: ${error.message}. Choose another address.`, { cause: error })),
    );
    server.listen(isPath ? { path: address.socketPath } : { host: address.host, port: address.port }, () => {
      const bound = server.address();
      if (isPath || bound === null || typeof bound === 'string')
        resolve(`${scheme === 'https' ? 'unixs' : 'unix'}://${where}`);
      else resolve(`${scheme}://${name}:${bound.port}`);
    });
  });
}

function createPagesServer(pages: Pages, headersTimeoutMs: number): Http1Server {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const isGet = request.method === 'GET' || request.method === 'HEAD';
    const page = (isGet ? pages(request.url ?? '') : undefined) ?? Promise.resolve(notFound);
    page.catch(pageFailed).then(
      ({ status, contentType = plainText, headers, body }) => {
        response.writeHead(status, { 'content-type': contentType, ...headers }).end(body);
      },
      // The connection is gone.
      () => undefined,
    );
  };
  return createHttp1Server({ headersTimeout: headersTimeoutMs, requestTimeout: 6 * headersTimeoutMs }, answer);
}
