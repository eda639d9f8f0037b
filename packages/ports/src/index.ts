/**
 * Every door to the world, as an interface: time, randomness, disks, sockets, storage, containers. Production code takes
 * these and nothing else, so the whole control plane can run in one process under a virtual clock and one seed.
 *
 * @example
 * import { type Time, sleep } from '@trireme/ports';
 *
 * async function heartbeat(time: Time, beat: () => void): Promise<void> {
 *   for (;;) {
 *     beat();
 *     await sleep(time, 10_000);
 *   }
 * }
 */
export {
  type ContainerConfig,
  type ContainerRuntime,
  type ContainerSecurityContext,
  type ContainerState,
  type ContainerStats,
  type ContainerStatus,
  type ContainerSummary,
  type ExecResult,
  type ImageAuth,
  type ImageInfo,
  type LinuxResources,
  type NamespaceMode,
  type NamespaceOptions,
  type PodSandboxConfig,
  type PodSandboxStatus,
  type PodSandboxSummary,
  type RuntimeCallOptions,
  type RuntimeCondition,
  RuntimeError,
  type RuntimeErrorCode,
  type RuntimeMount,
  type SandboxSecurityContext,
  type SeccompProfile,
  type StreamRequest,
} from './container-runtime.ts';
export { type Disk, DiskError, type DiskErrorCode, type DiskFile } from './disk.ts';
export type { DnsAnswer, DnsForwarder, DnsTransport } from './dns.ts';
export {
  type Body,
  type ByteStream,
  type Headers,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type HttpTransport,
  type Peer,
  readBody,
} from './http.ts';
export {
  type CallOptions,
  type Compare,
  type DeleteRangeRequest,
  type Header,
  type KeyRange,
  type KeyValue,
  type Kv,
  KvError,
  type KvErrorCode,
  type KvEvent,
  type KvStatus,
  type LeaseId,
  type LeaseStatus,
  type Op,
  type OpResponse,
  type PutRequest,
  prefixEnd,
  type RangeRequest,
  type RangeResponse,
  type Revision,
  type TxnRequest,
  type TxnResponse,
  type WatchRequest,
  type WatchResponse,
  type WatchStream,
} from './kv.ts';
export { type Logger, type LogLevel, silentLogger } from './log.ts';
export {
  type FileAccess,
  type FileStat,
  type NodeFile,
  type NodeFiles,
  NodeFilesError,
  type NodeFilesErrorCode,
} from './node-files.ts';
export type { ConnectionTable, NodeRoute, PacketFilter, RouteTable } from './node-network.ts';
export type { PeerAddress, PeerTransport } from './peer-transport.ts';
export type { HttpProbe, ProbeOutcome, Prober, ProbeTarget } from './prober.ts';
export { type Random, randomSuffix, randomUuid } from './random.ts';
export {
  type AddMemberRequest,
  type KeySpaceHash,
  type MemberChange,
  type StoreAlarm,
  type StoreMember,
  StoreMemberError,
  type StoreMemberErrorCode,
  type StoreMemberInfo,
  type StoreSnapshot,
} from './store-member.ts';
export { type CancelSignal, type Clock, sleep, type Time, type Timer, type Timers } from './time.ts';
