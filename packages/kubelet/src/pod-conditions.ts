import { timeText } from '@trireme/api-machinery';
import type { ContainerStatus, Pod, PodCondition } from '@trireme/schema/types/core/v1';
import { isSidecar } from './identity.ts';
import type { PodPhase } from './pod-phase.ts';

type Verdict = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

const owned = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];

export interface ConditionInput {
  readonly pod: Pod;
  readonly phase: PodPhase;
  readonly sandboxReady: boolean;
  readonly statuses: readonly ContainerStatus[];
  readonly initStatuses: readonly ContainerStatus[];
  /** As last reported, for transition times. */
  readonly previous: readonly PodCondition[];
  readonly nowMs: number;
}

/** The kubelet's own conditions, then those that others gave the pod, untouched. */
export function podConditions(input: ConditionInput): readonly PodCondition[] {
  const containersReady = containersReadyVerdict(input);
  const verdicts: readonly Verdict[] = [
    { type: 'PodReadyToStartContainers', status: input.sandboxReady ? 'True' : 'False' },
    initializedVerdict(input),
    readyVerdict(input, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ];
  const generation = input.pod.metadata.generation;
  const own = verdicts.map((verdict): PodCondition => {
    const before = input.previous.find((condition) => condition.type === verdict.type);
    const kept = before?.status === verdict.status ? before.lastTransitionTime : undefined;
    return {
      ...withoutEmpty(verdict),
      ...(generation ? { observedGeneration: generation } : {}),
      lastTransitionTime: kept ?? timeText(input.nowMs),
    };
  });
  const others = (input.pod.status?.conditions ?? []).filter((condition) => !owned.includes(condition.type));
  return [...own, ...others];
}

export function isOwnedCondition(type: string): boolean {
  return owned.includes(type);
}

function withoutEmpty({ type, status, reason, message }: Verdict): Verdict {
  return { type, status, ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

function initializedVerdict({ pod, phase, initStatuses, statuses }: ConditionInput): Verdict {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  // Once an ordinary container was made, the init containers are history.
  const passed = statuses.some((status) => status.containerID);
  const pending = (pod.spec.initContainers ?? []).filter((container) => {
    const status = initStatuses.find((entry) => entry.name === container.name);
    return !(isSidecar(container) ? status?.started || passed : status?.ready || passed);
  });
  if (pending.length === 0) return { type, status: 'True' };
  const message = `containers with incomplete status: [${pending.map(({ name }) => name).join(' ')}]`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyVerdict({ pod, phase, statuses, initStatuses }: ConditionInput): Verdict {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const counted = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
  const all = [...initStatuses, ...statuses];
  const unready = counted.filter(({ name }) => !all.find((status) => status.name === name)?.ready);
  if (unready.length === 0) return { type, status: 'True' };
  const message = `containers with unready status: [${unready.map(({ name }) => name).join(' ')}]`;
  return { type, status: 'False', reason: 'ContainersNotReady', message };
}

function readyVerdict({ pod }: ConditionInput, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const problems: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = pod.status?.conditions?.find((entry) => entry.type === conditionType);
    if (!condition) problems.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (condition.status !== 'True')
      problems.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`);
  }
  if (problems.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}
