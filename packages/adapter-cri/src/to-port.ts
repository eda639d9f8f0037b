import {
  type ContainerState,
  type ContainerStats,
  type ContainerStatus,
  type ContainerSummary,
  type ImageInfo,
  type NamespaceMode,
  type PodSandboxStatus,
  type PodSandboxSummary,
  RuntimeError,
} from '@trireme/ports';
import type {
  ContainerMessage,
  ContainerStatusMessage,
  FilesystemMessage,
  ImageMessage,
  SandboxMessage,
  SandboxStatusMessage,
  StatsMessage,
} from './messages.ts';

/** Messages of the schema as the port's values. */

// CRI counts nanoseconds; as a double they are still exact to less than a microsecond.
const milliseconds = (nanoseconds: number): number => Math.floor(nanoseconds / 1e6);

const states: Readonly<Record<string, ContainerState>> = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
};

const modes: Readonly<Record<string, NamespaceMode>> = {
  POD: 'pod',
  CONTAINER: 'container',
  NODE: 'node',
  TARGET: 'target',
};

export function sandboxStatusOf(message: SandboxStatusMessage): PodSandboxStatus {
  const { network } = message;
  const ips = network?.ip ? [network.ip, ...(network.additionalIps ?? []).map(({ ip }) => ip)] : [];
  return {
    id: message.id,
    ready: message.state === 'SANDBOX_READY',
    createdAtMs: milliseconds(message.createdAt),
    ips,
    networkMode: modes[message.linux?.namespaces?.options?.network ?? 'POD'] ?? 'pod',
  };
}

export function sandboxSummaryOf(message: SandboxMessage): PodSandboxSummary {
  return {
    id: message.id,
    name: message.metadata?.name ?? '',
    namespace: message.metadata?.namespace ?? '',
    uid: message.metadata?.uid ?? '',
    attempt: message.metadata?.attempt ?? 0,
    ready: message.state === 'SANDBOX_READY',
    createdAtMs: milliseconds(message.createdAt),
    labels: message.labels,
    annotations: message.annotations,
  };
}

export function containerSummaryOf(message: ContainerMessage): ContainerSummary {
  return {
    id: message.id,
    sandboxId: message.podSandboxId,
    name: message.metadata?.name ?? '',
    attempt: message.metadata?.attempt ?? 0,
    state: states[message.state] ?? 'unknown',
    createdAtMs: milliseconds(message.createdAt),
    labels: message.labels,
    annotations: message.annotations,
  };
}

/** A status does not name its sandbox: the caller gives it. */
export function containerStatusOf(message: ContainerStatusMessage, sandboxId: string): ContainerStatus {
  return {
    ...containerSummaryOf({ ...message, podSandboxId: sandboxId }),
    startedAtMs: milliseconds(message.startedAt),
    finishedAtMs: milliseconds(message.finishedAt),
    exitCode: message.exitCode,
    reason: message.reason,
    message: message.message,
    image: message.image?.image ?? '',
    imageRef: message.imageRef,
    logPath: message.logPath,
  };
}

export function imageInfoOf(message: ImageMessage): ImageInfo {
  return {
    id: message.id,
    repoTags: message.repoTags ?? [],
    repoDigests: message.repoDigests ?? [],
    sizeBytes: message.size,
    uid: message.uid?.value,
    username: message.username === '' ? undefined : message.username,
  };
}

export function statsOf(message: StatsMessage): ContainerStats {
  return {
    containerId: message.attributes?.id ?? '',
    timestampMs: milliseconds(message.cpu?.timestamp ?? message.memory?.timestamp ?? 0),
    cpuCoreNanoSeconds: message.cpu?.usageCoreNanoSeconds?.value ?? 0,
    memoryWorkingSetBytes: message.memory?.workingSetBytes?.value ?? 0,
  };
}

export function filesystemOf(message: FilesystemMessage): {
  mountpoint: string;
  usedBytes: number;
  inodesUsed: number;
} {
  return {
    mountpoint: message.fsId?.mountpoint ?? '',
    usedBytes: message.usedBytes?.value ?? 0,
    inodesUsed: message.inodesUsed?.value ?? 0,
  };
}

/** An answer without the message it is all about breaks the interface. */
export function requirePart<T>(part: T | null, what: string): T {
  if (part === null) throw new RuntimeError('failed', `read ${what}: the runtime's answer is empty`);
  return part;
}
