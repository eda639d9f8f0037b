/**
 * etcd's v3 API, both ends of it: any `Kv` served to etcd's clients, and any etcd server as a `Kv`.
 *
 * @example
 * import { createEtcdKv, createEtcdServer } from '@trireme/etcd-api';
 *
 * const server = await createEtcdServer({ kv, listen: [{ host: '127.0.0.1', port: 2379 }], logger });
 * // ETCDCTL_API=3 etcdctl --endpoints 127.0.0.1:2379 put greeting hello
 * const client = createEtcdKv({ endpoints: server.urls, time });
 * const { kvs } = await client.range({ key: utf8('greeting') });
 * client.close();
 * await server.close();
 */
export { type AutoCompaction, durationMs, parseAutoCompaction, runAutoCompaction } from './auto-compaction/index.ts';
export { createEtcdServer, type EtcdServerOptions } from './create-etcd-server.ts';
export { createEtcdAdmin, type EtcdAdmin, type EtcdAdminOptions } from './etcd-admin.ts';
export { createEtcdKv, type EtcdKv, type EtcdKvOptions } from './etcd-kv.ts';
export { type EtcdSnapshotOptions, type EtcdSnapshotPiece, readEtcdSnapshot } from './etcd-snapshot.ts';
export type { EtcdClientTls } from './grpc-channel.ts';
export {
  type CallerCertificate,
  createEtcdPages,
  type EtcdMember,
  type EtcdPage,
  type EtcdPages,
  type RpcCaller,
  type RpcServer,
  type Standing,
} from './service/index.ts';
export type { ConnectionLimits, EtcdServerTls, ListenAddress } from './transport/index.ts';
