import { timeText } from '@trireme/api-machinery';
import type { ImageInfo, RuntimeCondition } from '@trireme/ports';
import type {
  Node,
  NodeAddress,
  NodeCondition,
  NodeStatus,
  NodeSystemInfo,
  Taint,
} from '@trireme/schema/types/core/v1';

/** What a machine is. Measured once, outside. */
export interface NodeFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  readonly maxPods: number;
  /** Kept from pods, by resource: { cpu: '100m', memory: '256Mi' }. */
  readonly reserved?: { readonly cpuMillis: number; readonly memoryBytes: number } | undefined;
  /** Without what the runtime says of itself. */
  readonly info: Omit<NodeSystemInfo, 'containerRuntimeVersion' | 'kubeletVersion' | 'kubeProxyVersion'>;
  /** The first one is the address that others reach the node by. */
  readonly internalIps: readonly string[];
}

export interface NodeSettings {
  readonly nodeName: string;
  readonly facts: NodeFacts;
  readonly kubeletVersion: string;
  readonly kubeletPort: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Where it is given at the start; a controller may give it later. */
  readonly podCidrs: readonly string[];
}

/** Labels that a kubelet keeps true on its node. */
export function nodeLabels({ nodeName, facts, labels }: NodeSettings): Readonly<Record<string, string>> {
  const { architecture, operatingSystem } = facts.info;
  return {
    ...labels,
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': operatingSystem,
    'kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': operatingSystem,
    'beta.kubernetes.io/arch': architecture,
  };
}

/** The node as it is first registered. */
export function newNode(settings: NodeSettings, status: NodeStatus): Node {
  const { nodeName, taints, podCidrs } = settings;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: nodeLabels(settings),
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {
      ...(podCidrs[0] ? { podCIDR: podCidrs[0], podCIDRs: podCidrs } : {}),
      ...(taints.length > 0 ? { taints } : {}),
    },
    status,
  };
}

export interface NodeObservation {
  readonly nowMs: number;
  readonly runtimeVersion: { readonly name: string; readonly version: string } | undefined;
  readonly runtimeConditions: readonly RuntimeCondition[];
  readonly images: readonly ImageInfo[];
  readonly previous: NodeStatus | undefined;
}

const maxImages = 50;

export function nodeStatus(settings: NodeSettings, observation: NodeObservation): NodeStatus {
  const { facts } = settings;
  const version = observation.runtimeVersion;
  return {
    capacity: quantities(facts, 0, 0),
    allocatable: quantities(facts, facts.reserved?.cpuMillis ?? 0, facts.reserved?.memoryBytes ?? 0),
    conditions: nodeConditions(observation),
    addresses: [
      ...facts.internalIps.map((address): NodeAddress => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: settings.nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: settings.kubeletPort } },
    nodeInfo: {
      ...facts.info,
      containerRuntimeVersion: version
        ? `${version.name}://${version.version.replace(/^v/, '')}`
        : (observation.previous?.nodeInfo?.containerRuntimeVersion ?? ''),
      kubeletVersion: settings.kubeletVersion,
      kubeProxyVersion: '',
    },
    images: [...observation.images]
      .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1))
      .slice(0, maxImages)
      .map(({ repoDigests, repoTags, sizeBytes }) => ({
        names: [...repoDigests, ...repoTags].sort().slice(0, 5),
        sizeBytes,
      })),
  };
}

function quantities(facts: NodeFacts, cpuMillis: number, memoryBytes: number): Readonly<Record<string, string>> {
  const cpu = facts.cpus * 1000 - cpuMillis;
  return {
    cpu: cpu % 1000 === 0 ? String(cpu / 1000) : `${cpu}m`,
    memory: `${Math.floor((facts.memoryBytes - memoryBytes) / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(facts.ephemeralStorageBytes / 1024)}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    pods: String(facts.maxPods),
  };
}

/** MemoryPressure, DiskPressure, PIDPressure, Ready: in upstream's order and words. */
function nodeConditions({
  nowMs,
  runtimeConditions,
  runtimeVersion,
  previous,
}: NodeObservation): readonly NodeCondition[] {
  const at = timeText(nowMs);
  const condition = (type: string, status: string, reason: string, message: string): NodeCondition => {
    const before = previous?.conditions?.find((entry) => entry.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : at;
    return { type, status, lastHeartbeatTime: at, lastTransitionTime: lastTransitionTime ?? at, reason, message };
  };
  const problems = runtimeConditions
    .filter(({ status }) => !status)
    .map(({ type, reason, message }) => {
      const what = type === 'NetworkReady' ? 'container runtime network not ready' : 'container runtime not ready';
      return `${what}: ${type}=false reason:${reason} message:${message}`;
    });
  if (!runtimeVersion) problems.unshift('container runtime is down');
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    problems.length === 0
      ? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
      : condition('Ready', 'False', 'KubeletNotReady', problems.join(', ')),
  ];
}

/** Whether two statuses say the same but for the time of the last heartbeat. */
export function comparableNodeStatus(status: NodeStatus): NodeStatus {
  return {
    ...status,
    conditions: (status.conditions ?? []).map(({ lastHeartbeatTime: _beat, ...rest }) => rest),
  };
}
