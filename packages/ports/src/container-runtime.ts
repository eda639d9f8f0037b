import { CodedError } from '@trireme/base';
import type { HttpRequest, HttpResponse } from './http.ts';
import type { CancelSignal } from './time.ts';

/**
 * What a kubelet asks of a container runtime: the Container Runtime Interface v1 as values. Implemented over gRPC for
 * containerd, and by a simulated runtime. Calls are idempotent where CRI says so (stop and remove of what is gone succeed).
 * Ids are the runtime's own. Times are milliseconds since the epoch; 0 is "not yet".
 */
export interface ContainerRuntime {
  version(): Promise<{ readonly name: string; readonly version: string; readonly apiVersion: string }>;
  /** Conditions RuntimeReady and NetworkReady. */
  status(): Promise<readonly RuntimeCondition[]>;

  /** Creates and starts the sandbox, its network included; returns its id. */
  runPodSandbox(config: PodSandboxConfig, options?: RuntimeCallOptions): Promise<string>;
  stopPodSandbox(id: string): Promise<void>;
  /** Removes it with all its containers. */
  removePodSandbox(id: string): Promise<void>;
  podSandboxStatus(id: string): Promise<PodSandboxStatus>;
  listPodSandboxes(): Promise<readonly PodSandboxSummary[]>;

  createContainer(sandboxId: string, config: ContainerConfig, sandbox: PodSandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Asks it to end, and kills it after `timeoutSeconds`. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(): Promise<readonly ContainerSummary[]>;
  containerStatus(id: string): Promise<ContainerStatus>;
  updateContainerResources(id: string, resources: LinuxResources): Promise<void>;
  /** Makes the runtime reopen a log file that was rotated. */
  reopenContainerLog(id: string): Promise<void>;

  execSync(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
  /**
   * Answers a client's upgrade request for exec, attach or port-forward: the client's own protocol (SPDY/3.1 or
   * WebSocket) goes through to whoever serves the stream.
   */
  stream(request: StreamRequest, upgrade: HttpRequest): Promise<HttpResponse>;

  containerStats(): Promise<readonly ContainerStats[]>;

  pullImage(image: string, auth?: ImageAuth, options?: RuntimeCallOptions): Promise<string>;
  /** Undefined where the image is not there. */
  imageStatus(image: string): Promise<ImageInfo | undefined>;
  listImages(): Promise<readonly ImageInfo[]>;
  removeImage(image: string): Promise<void>;
  imageFsInfo(): Promise<
    readonly { readonly mountpoint: string; readonly usedBytes: number; readonly inodesUsed: number }[]
  >;

  /** Changes of containers, as they happen, where the runtime can tell; ends when the connection is lost. */
  events?(signal: CancelSignal): AsyncIterable<{ readonly containerId: string; readonly sandboxId: string }>;
}

export interface RuntimeCallOptions {
  readonly signal?: CancelSignal;
}

export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

export type NamespaceMode = 'pod' | 'container' | 'node' | 'target';

export interface PodSandboxConfig {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
  readonly hostname: string;
  /** Folder for the logs of all containers of the pod. */
  readonly logDirectory: string;
  readonly dns:
    | { readonly servers: readonly string[]; readonly searches: readonly string[]; readonly options: readonly string[] }
    | undefined;
  readonly portMappings: readonly {
    readonly protocol: 'TCP' | 'UDP' | 'SCTP';
    readonly containerPort: number;
    readonly hostPort: number;
    readonly hostIp: string;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly cgroupParent: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly securityContext: SandboxSecurityContext;
  readonly runtimeHandler: string;
}

export interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly targetContainerId?: string | undefined;
}

export interface SandboxSecurityContext {
  readonly namespaces: NamespaceOptions;
  readonly privileged: boolean;
  readonly runAsUser?: number | undefined;
  readonly runAsGroup?: number | undefined;
  readonly supplementalGroups: readonly number[];
  readonly seccomp: SeccompProfile;
}

export type SeccompProfile =
  | { readonly type: 'runtime-default' | 'unconfined' }
  | { readonly type: 'localhost'; readonly path: string };

export interface PodSandboxStatus {
  readonly id: string;
  readonly ready: boolean;
  readonly createdAtMs: number;
  /** The pod's addresses, the first one primary; empty on the host network. */
  readonly ips: readonly string[];
  readonly networkMode: NamespaceMode;
}

export interface PodSandboxSummary {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
  readonly ready: boolean;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerConfig {
  readonly name: string;
  readonly attempt: number;
  /** The reference that the image was resolved to (`ImageInfo.id`). */
  readonly image: string;
  /** As the user wrote it. */
  readonly userImage: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly envs: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly RuntimeMount[];
  readonly devices: readonly {
    readonly containerPath: string;
    readonly hostPath: string;
    readonly permissions: string;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: LinuxResources;
  readonly securityContext: ContainerSecurityContext;
}

export interface RuntimeMount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly propagation: 'private' | 'host-to-container' | 'bidirectional';
}

export interface LinuxResources {
  readonly cpuPeriod?: number | undefined;
  /** Microseconds of CPU per period; absent or 0: no limit. */
  readonly cpuQuota?: number | undefined;
  readonly cpuShares?: number | undefined;
  readonly memoryLimitBytes?: number | undefined;
  readonly oomScoreAdj?: number | undefined;
}

export interface ContainerSecurityContext {
  readonly namespaces: NamespaceOptions;
  readonly privileged: boolean;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly runAsUser?: number | undefined;
  readonly runAsUsername?: string | undefined;
  readonly runAsGroup?: number | undefined;
  readonly supplementalGroups: readonly number[];
  readonly readonlyRootfs: boolean;
  readonly noNewPrivileges: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp: SeccompProfile;
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';

export interface ContainerSummary {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly state: ContainerState;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus extends ContainerSummary {
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** As the runtime says: 'Completed', 'Error', 'OOMKilled', ... */
  readonly reason: string;
  readonly message: string;
  readonly image: string;
  readonly imageRef: string;
  readonly logPath: string;
}

export interface ContainerStats {
  readonly containerId: string;
  readonly timestampMs: number;
  readonly cpuCoreNanoSeconds: number;
  readonly memoryWorkingSetBytes: number;
}

export interface ExecResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exitCode: number;
}

export type StreamRequest =
  | {
      readonly kind: 'exec';
      readonly containerId: string;
      readonly command: readonly string[];
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
      readonly tty: boolean;
    }
  | {
      readonly kind: 'attach';
      readonly containerId: string;
      readonly stdin: boolean;
      readonly stdout: boolean;
      readonly stderr: boolean;
      readonly tty: boolean;
    }
  | { readonly kind: 'port-forward'; readonly sandboxId: string; readonly ports: readonly number[] };

export interface ImageAuth {
  readonly username: string;
  readonly password: string;
}

export interface ImageInfo {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** The user the image wants: a number, or a name to look up inside; absent for root. */
  readonly uid?: number | undefined;
  readonly username?: string | undefined;
}

export type RuntimeErrorCode =
  | 'not-found'
  | 'unavailable'
  | 'timeout'
  | 'image-not-found'
  | 'image-invalid-name'
  | 'registry-unavailable'
  | 'failed';

export class RuntimeError extends CodedError<RuntimeErrorCode> {
  override readonly name = 'RuntimeError';
}
