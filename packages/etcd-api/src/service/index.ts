/** The services of etcd's v3 API over the port `Kv`, with nothing of a transport in them. */

export { createEtcdPages, type EtcdPage, type EtcdPages } from './pages.ts';
export type { CallerCertificate, RpcCaller, RpcMethod, RpcServer, Send } from './rpc.ts';
export { etcdMethods } from './service.ts';
export type { EtcdMember, ServiceDeps, Standing } from './service-deps.ts';
