import type { LinuxResources } from '@trireme/ports';
import type { Container, Pod } from '@trireme/schema/types/core/v1';
import { qosClassOf } from './qos.ts';
import { cpuMillis, wholeUnits } from './quantity-value.ts';

const periodUs = 100_000;
const minShares = 2;
const maxShares = 262_144;
const minQuotaUs = 1000;

/** Requests become shares of CPU, limits become quotas and memory bounds. */
export function linuxResources(pod: Pod, container: Container, nodeMemoryBytes: number): LinuxResources {
  const { requests, limits } = container.resources ?? {};
  const cpuLimit = cpuMillis(limits?.cpu);
  // A limit alone is a request too, so that the share follows it.
  const cpuRequest = requests?.cpu === undefined && cpuLimit > 0 ? cpuLimit : cpuMillis(requests?.cpu);
  const memoryLimitBytes = wholeUnits(limits?.memory);
  return {
    cpuShares: sharesOf(cpuRequest),
    cpuPeriod: periodUs,
    ...(cpuLimit > 0 ? { cpuQuota: Math.max(minQuotaUs, (cpuLimit * periodUs) / 1000) } : {}),
    ...(memoryLimitBytes > 0 ? { memoryLimitBytes } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, nodeMemoryBytes),
  };
}

export function sharesOf(cpuMilli: number): number {
  if (cpuMilli === 0) return minShares;
  return Math.min(maxShares, Math.max(minShares, Math.floor((cpuMilli * 1024) / 1000)));
}

/** -997 for guaranteed and critical pods, 1000 for best effort, between them by the share of memory asked for. */
export function oomScoreAdj(pod: Pod, container: Container, nodeMemoryBytes: number): number {
  if ((pod.spec.priority ?? 0) >= 2_000_000_000) return -997;
  const qos = qosClassOf(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const { requests, limits } = container.resources ?? {};
  const request = wholeUnits(requests?.memory ?? limits?.memory);
  const adjust = 1000 - Math.floor((1000 * request) / nodeMemoryBytes);
  // Stays above a guaranteed pod's score, and below best effort's.
  if (adjust < 1000 - 997) return 1000 - 997;
  return adjust === 1000 ? 999 : adjust;
}
