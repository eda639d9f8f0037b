import type { Pod, PodStatus } from '@trireme/schema/types/core/v1';
import { containerPlan } from './container-plan.ts';
import { deadlineFailure, deadlineMs, type Ending, endingOf } from './ending.ts';
import { endingPlan, killStages, removals } from './ending-plan.ts';
import type { PodMemory } from './memory.ts';
import { type ObservedPod, type ObservedSandbox, runningContainers } from './observed.ts';
import type { PodAction } from './pod-action.ts';
import { podStatus } from './pod-status.ts';
import { type Step, step } from './start-decision.ts';

export interface SyncInput {
  /** As the API has it now; the last one known, where it is gone. */
  readonly pod: Pod;
  readonly gone: boolean;
  readonly observed: ObservedPod;
  readonly memory: PodMemory;
  readonly nowMs: number;
  readonly runtimeName: string;
  readonly hostIps: readonly string[];
}

export interface SyncPlan {
  /** In order. After the last one the pod is observed and planned anew, unless there was none. */
  readonly actions: readonly PodAction[];
  readonly memory: PodMemory;
  readonly status: PodStatus;
  readonly ending: Ending | undefined;
  /** Plan again after this long even if nothing is heard of the pod. */
  readonly requeueAfterMs: number | undefined;
}

/**
 * The whole decision for one pod: what to do next, and what to tell the API. Level-triggered: it looks at what is, and
 * names the next steps that can be taken without seeing how the ones before them went.
 */
export function syncPod(input: SyncInput): SyncPlan {
  const before = withFailure(prune(input.memory, input.observed), input);
  const ending = endingOf(input, before);
  const next = ending ? endingPlan(input, before, ending) : runningPlan(input, before);
  const ended = ending !== undefined && runningContainers(input.observed).length === 0;
  const status = podStatus({ ...input, memory: next.memory, ended });
  const memory = { ...next.memory, status };
  const wakeAtMs = Math.min(next.wakeAtMs, (!ending && deadlineMs(input.pod, memory)) || Number.POSITIVE_INFINITY);
  const requeueAfterMs = Number.isFinite(wakeAtMs) ? Math.max(0, wakeAtMs - input.nowMs) : undefined;
  return { actions: next.actions, memory, status, ending, requeueAfterMs };
}

/** The status alone, for when only a probe's verdict has changed. */
export function statusOnly(input: SyncInput): PodStatus {
  const ending = endingOf(input, input.memory);
  return podStatus({ ...input, ended: ending !== undefined && runningContainers(input.observed).length === 0 });
}

function withFailure(memory: PodMemory, { pod, gone, nowMs }: SyncInput): PodMemory {
  if (memory.failure || gone || pod.metadata.deletionTimestamp) return memory;
  const failure = deadlineFailure(pod, memory, nowMs);
  return failure ? { ...memory, failure } : memory;
}

// What was remembered of containers that are gone is of no use, and would pile up in a pod that crashes for months.
function prune(memory: PodMemory, observed: ObservedPod): PodMemory {
  const ids = new Set(observed.containers.map(({ id }) => id));
  const verdicts = Object.fromEntries(Object.entries(memory.verdicts).filter(([id]) => ids.has(id)));
  return { ...memory, verdicts, replaced: memory.replaced.filter((id) => ids.has(id)) };
}

function runningPlan(input: SyncInput, memory: PodMemory): Step {
  if (!memory.volumesMounted) return step(memory, [{ type: 'mount-volumes' }]);
  const [sandbox] = input.observed.sandboxes;
  if (!sandbox || !isUsable(input, sandbox)) return newSandboxPlan(input, memory, sandbox);
  const plan = containerPlan(input, memory, sandbox);
  return { ...plan, actions: [...plan.actions, ...removals(input.observed)] };
}

function isUsable({ pod, observed }: SyncInput, sandbox: ObservedSandbox): boolean {
  const hostNetwork = pod.spec.hostNetwork ?? false;
  if (observed.sandboxes.filter(({ ready }) => ready).length > 1) return false;
  if (!sandbox.ready || sandbox.hostNetwork !== hostNetwork) return false;
  return hostNetwork || sandbox.ips.length > 0;
}

function newSandboxPlan(input: SyncInput, memory: PodMemory, old: ObservedSandbox | undefined): Step {
  const actions: PodAction[] = [];
  const stages = killStages(input, 'Stopping container');
  if (stages.length > 0) {
    const gracePeriodSeconds = input.pod.spec.terminationGracePeriodSeconds ?? 30;
    actions.push({ type: 'kill-pod', stages, gracePeriodSeconds });
  }
  for (const { id, ready } of input.observed.sandboxes)
    if (ready) actions.push({ type: 'stop-sandbox', sandboxId: id });
  if (actions.length > 0) {
    const message = 'Pod sandbox changed, it will be killed and re-created.';
    return step(memory, [{ type: 'event', eventType: 'Normal', reason: 'SandboxChanged', message }, ...actions]);
  }
  if (input.nowMs < memory.sandboxRetryAtMs) return step(memory, [], memory.sandboxRetryAtMs);
  return step(memory, [{ type: 'create-sandbox', attempt: old ? old.attempt + 1 : 0 }]);
}
