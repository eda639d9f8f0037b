/**
 * HTTP against the world: a handler served over TLS as HTTP/1.1 and HTTP/2 on one port, and a client transport that fails
 * over between equal servers.
 *
 * @example
 * import { createHttpsServer, createHttpsTransport } from '@trireme/adapter-http';
 * import { silentLogger } from '@trireme/ports';
 *
 * const server = await createHttpsServer({
 *   handler: async (request) => ({ status: 200, headers: {}, body: new TextEncoder().encode(request.path) }),
 *   listen: [{ host: '127.0.0.1', port: 0 }],
 *   tls: { cert, key, clientCa: ca },
 *   logger: silentLogger,
 * });
 * const transport = createHttpsTransport({ endpoints: [`https://127.0.0.1:${server.addresses[0].port}`], tls: { ca } });
 * const response = await transport.request({ method: 'GET', path: '/hello', headers: {} });
 */
export {
  createHttpsServer,
  type HttpsLimits,
  type HttpsServer,
  type HttpsServerOptions,
  type ListenAddress,
  type ServerTls,
} from './https-server.ts';
export { type ClientTls, createHttpsTransport, type HttpsTransportOptions } from './https-transport.ts';
