import { timeText } from '@trireme/api-machinery';
import type { PodStatus } from '@trireme/schema/types/core/v1';
import { containerStatuses, type StatusInput } from './container-statuses.ts';
import { podConditions } from './pod-conditions.ts';
import { type PodPhase, phaseOf } from './pod-phase.ts';
import { qosClassOf } from './qos.ts';

export interface PodStatusInput extends StatusInput {
  readonly nowMs: number;
  readonly hostIps: readonly string[];
}

/** The whole status of a pod, from what is observed and remembered. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, memory, nowMs } = input;
  const previous = memory.status ?? pod.status;
  const startTime = previous?.startTime ?? pod.status?.startTime ?? timeText(nowMs);
  const rejected = memory.failure && input.observed.containers.length === 0;
  const initStatuses = rejected ? [] : containerStatuses(input, ['init', 'sidecar']);
  const statuses = rejected ? [] : containerStatuses(input, ['app']);
  const ephemeral = rejected ? [] : containerStatuses(input, ['ephemeral']);
  const phase = settledPhase(input, memory.failure ? 'Failed' : phaseOf(pod, initStatuses, statuses, input.ended));
  const sandbox = input.observed.sandboxes[0];
  const conditions = podConditions({
    pod,
    phase,
    sandboxReady: sandbox?.ready ?? false,
    statuses,
    initStatuses,
    previous: previous?.conditions ?? [],
    nowMs,
  });
  const podIps = addressesOf(input);
  return {
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
    phase,
    conditions,
    ...(memory.failure ?? keptReason(input)),
    ...(input.hostIps[0] ? { hostIP: input.hostIps[0], hostIPs: input.hostIps.map((ip) => ({ ip })) } : {}),
    ...(podIps[0] ? { podIP: podIps[0], podIPs: podIps.map((ip) => ({ ip })) } : {}),
    startTime,
    ...(initStatuses.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    ...(statuses.length > 0 ? { containerStatuses: statuses } : {}),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    qosClass: pod.status?.qosClass ?? qosClassOf(pod),
  };
}

/** A terminal phase is never left, whoever declared it; and a pod that has ended is in one. */
function settledPhase({ pod, memory, ended }: PodStatusInput, phase: PodPhase): PodPhase {
  for (const earlier of [memory.status?.phase, pod.status?.phase]) {
    if (earlier === 'Failed' || earlier === 'Succeeded') return earlier;
  }
  return ended && phase !== 'Succeeded' ? 'Failed' : phase;
}

// A reason that someone else gave together with a terminal phase (an eviction) stays.
function keptReason({ pod }: PodStatusInput): { readonly reason?: string; readonly message?: string } {
  const { phase, reason, message } = pod.status ?? {};
  if (phase !== 'Failed' && phase !== 'Succeeded') return {};
  return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

// The addresses of the newest sandbox; those reported before stay while there is none, as the pod is not elsewhere.
function addressesOf({ pod, observed, hostIps, memory }: PodStatusInput): readonly string[] {
  const [sandbox] = observed.sandboxes;
  if (pod.spec.hostNetwork) return sandbox || memory.status?.podIP ? hostIps.slice(0, 1) : [];
  if (sandbox && sandbox.ips.length > 0) return sandbox.ips;
  return (memory.status ?? pod.status)?.podIPs?.map(({ ip }) => ip) ?? [];
}
