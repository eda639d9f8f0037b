/** The services of etcd's v3 API over the port `Kv`, with nothing of a transport in them. */
export type { EtcdAlarm, EtcdMember, EtcdMemberAddress } from './member-port.ts';
export type { RpcMethod, RpcServer, Send } from './rpc.ts';
export { etcdMethods } from './service.ts';
export type { ServiceDeps } from './service-deps.ts';
