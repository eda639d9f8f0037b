import type { Logger } from '@trireme/ports';
import { createEtcdCodec } from './codec.ts';
import { createEtcdPages, etcdMethods, type RpcServer, type ServiceDeps } from './service/index.ts';
import { type ConnectionLimits, type EtcdServerTls, type ListenAddress, serveGrpc } from './transport/index.ts';

/** Without `member` the store is told to be alone, and what needs a member is unimplemented. */
export interface EtcdServerOptions extends Omit<ServiceDeps, 'version' | 'maxResponseBytes'> {
  readonly listen: readonly ListenAddress[];
  /** Without it everybody who can connect can do everything: for loopback only. */
  readonly tls?: EtcdServerTls | undefined;
  readonly logger: Logger;
  /** The version of etcd that clients are told. */
  readonly version?: string | undefined;
  /** As etcd's `--max-request-bytes`. Also where watch responses are split for clients that ask for fragments. */
  readonly maxRequestBytes?: number | undefined;
  /** As etcd's `--grpc-keepalive-...` and `--max-concurrent-streams`, whose defaults hold. */
  readonly limits?: Partial<ConnectionLimits> | undefined;
}

/** Serves a `Kv` to etcd v3 clients. */
export async function createEtcdServer(options: EtcdServerOptions): Promise<RpcServer> {
  const { listen, tls, limits, logger, version = '3.6.0', maxRequestBytes = 1.5 * 1024 * 1024 } = options;
  const methods = etcdMethods({ ...options, version, maxResponseBytes: maxRequestBytes });
  const pages = createEtcdPages({ ...options, version });
  return serveGrpc({ methods, pages, codec: createEtcdCodec(), listen, tls, limits, maxRequestBytes, logger });
}
