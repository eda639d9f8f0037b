import type { Logger } from '@trireme/ports';
import type { EtcdCodec } from '../codec.ts';
import { RpcError } from '../mapping/index.ts';
import type { RpcMethod, RpcServer } from '../service/index.ts';
import { createGrpcAcceptor } from './grpc-acceptor.ts';
import { type ConnectionLimits, defaultLimits } from './http2/http2-connection.ts';
import { type EtcdServerTls, type ListenAddress, type Listener, openListener } from './http2/listener.ts';
import type { Pages } from './pages.ts';
import { serveMethod } from './served-method.ts';

export interface GrpcServerOptions {
  readonly methods: readonly RpcMethod[];
  readonly codec: EtcdCodec;
  readonly listen: readonly ListenAddress[];
  readonly tls?: EtcdServerTls | undefined;
  readonly maxRequestBytes: number;
  /** What is served to a plain GET beside gRPC. */
  readonly pages?: Pages | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
  /** How long calls may take to end when the server closes. */
  readonly graceMs?: number | undefined;
  readonly logger: Logger;
}

/** Serves the methods by gRPC. */
export async function serveGrpc(options: GrpcServerOptions): Promise<RpcServer> {
  const { methods, codec, tls, maxRequestBytes, logger, pages = () => undefined, graceMs = 1_000 } = options;
  const served = methods.map((method) => serveMethod(method, codec(method.path), { maxRequestBytes, logger }));
  const acceptor = createGrpcAcceptor(served, pages);
  const limits = { ...defaultLimits, ...options.limits };
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => {
    const closing = listeners.map((listener) => listener.close(graceMs));
    acceptor.endStreams(new RpcError('unavailable', 'etcdserver: server stopped'));
    await Promise.all(closing);
  };
  try {
    for (const address of options.listen)
      listeners.push(await openListener(address, { accept: acceptor.accept, pages, tls, limits }));
  } catch (error) {
    await close();
    throw error;
  }
  const urls = listeners.map(({ url }) => url);
  logger.log('info', 'serving the etcd v3 API', { urls });
  return { urls, close };
}
