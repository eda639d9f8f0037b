import type { Pod } from '@trireme/schema/types/core/v1';
import type { NodeInfo } from '../../framework/node-info.ts';
import { definePlugin, maxScore } from '../../framework/plugin.ts';
import { type Amounts, requestsOfPod } from '../../framework/resources.ts';

/** What a pod without requests is counted as when nodes are compared, so that such pods spread too. */
const assumedMilliCpu = 100;
const assumedMemoryBytes = 200 * 1024 * 1024;

interface FitState {
  readonly requests: Amounts;
}

/** The node must have what the pod asks for; among those that do, the one with most left is best. */
export const nodeResourcesFit = definePlugin<FitState>({
  name: 'NodeResourcesFit',
  weight: 1,
  prepare: (pod) => ({ requests: requestsOfPod(pod) }),
  filter: (_, node, { requests }) => {
    const short = insufficient(requests, node);
    if (short.length === 0) return undefined;
    const never = [...requests].some(([name, amount]) => amount > (node.allocatable.get(name) ?? 0));
    return { reasons: short, unresolvable: never };
  },
  score: (_, node, { requests }) => {
    const free = ['cpu', 'memory'].map((name) => freeShare(name, requests, node));
    return Math.floor(free.reduce((sum, share) => sum + share * maxScore, 0) / free.length);
  },
});

/** In upstream's words, 'Too many pods' first. */
export function insufficient(requests: Amounts, node: NodeInfo): string[] {
  const reasons: string[] = [];
  if (node.pods.length + 1 > (node.allocatable.get('pods') ?? 0)) reasons.push('Too many pods');
  for (const [name, amount] of requests) {
    if (amount === 0) continue;
    if (amount > (node.allocatable.get(name) ?? 0) - (node.requested.get(name) ?? 0))
      reasons.push(`Insufficient ${name}`);
  }
  return reasons;
}

/** The share of a resource that is left once the pod runs there, 0 to 1. */
export function freeShare(name: string, requests: Amounts, node: NodeInfo): number {
  const capacity = node.allocatable.get(name) ?? 0;
  if (capacity === 0) return 0;
  const used = assumedUse(name, node) + (requests.get(name) || assumed(name));
  return Math.max(0, (capacity - used) / capacity);
}

function assumed(name: string): number {
  return name === 'cpu' ? assumedMilliCpu : assumedMemoryBytes;
}

function assumedUse(name: string, node: NodeInfo): number {
  const silent = node.pods.filter((pod: Pod) => asksNothing(pod, name)).length;
  return (node.requested.get(name) ?? 0) + silent * assumed(name);
}

function asksNothing(pod: Pod, name: string): boolean {
  return pod.spec.containers.every((container) => container.resources?.requests?.[name] === undefined);
}
