/**
 * gRPC by hand, in two halves: `http2/` speaks HTTP/2 (over `node:http2`), and what is beside this file frames messages,
 * calls methods and answers with statuses. Between them stand `HttpCall` and `HttpCallListener` (http-call.ts), and nothing
 * else: another HTTP/2 has to open listeners (`Listener`), call `AcceptCall` for each request, and implement `HttpCall`.
 * The methods come as `RpcMethod`, and know nothing of either half.
 *
 * @example
 * const server = await serveGrpc({ methods, codec, listen: [{ host: '127.0.0.1', port: 0 }], maxRequestBytes, logger });
 * await server.close();
 */
export type { Page } from './http-call.ts';
export type { ConnectionLimits } from './http2/http2-connection.ts';
export type { EtcdServerTls, ListenAddress } from './http2/listener.ts';
export type { Pages } from './pages.ts';
export { type GrpcServerOptions, serveGrpc } from './serve-grpc.ts';
