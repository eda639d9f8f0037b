import { timeText } from '@trireme/api-machinery';
import type { ContainerState, ContainerStateWaiting, ContainerStatus, Pod } from '@trireme/schema/types/core/v1';
import { type ContainerKind, containerIdText, containersOf, type PodContainer } from './identity.ts';
import type { PodMemory } from './memory.ts';
import { latestContainer, type ObservedContainer, type ObservedPod } from './observed.ts';
import { hasStarted, isReady } from './probe-state.ts';
import { wantsStart } from './restart-policy.ts';

export interface StatusInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly memory: PodMemory;
  /** 'containerd' */
  readonly runtimeName: string;
  /** Nothing of the pod runs or will run. */
  readonly ended: boolean;
}

/** Init containers' in the order of the spec, the others' by name, as the API shows them. */
export function containerStatuses(input: StatusInput, kinds: readonly ContainerKind[]): readonly ContainerStatus[] {
  const entries = containersOf(input.pod).filter((entry) => kinds.includes(entry.kind));
  const statuses = entries.map((entry) => containerStatus(input, entry));
  return kinds.includes('init') ? statuses : statuses.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function containerStatus(input: StatusInput, entry: PodContainer): ContainerStatus {
  const { name } = entry.container;
  const latest = latestContainer(input.observed, name);
  const old = oldStatus(input, name);
  if (!latest) return neverMade(input, entry, old);
  const { state, lastState } = statesOf(input, entry, latest);
  const running = latest.state === 'running';
  const verdicts = input.memory.verdicts[latest.id];
  const started = running && hasStarted(entry.container, verdicts);
  const ready =
    entry.kind === 'init'
      ? latest.state === 'exited' && latest.exitCode === 0
      : running && isReady(entry.container, verdicts);
  return {
    name,
    state,
    lastState: lastState ?? {},
    ready,
    restartCount: latest.restartCount,
    image: latest.image,
    imageID: latest.imageRef,
    containerID: containerIdText(input.runtimeName, latest.id),
    started,
  };
}

function neverMade(input: StatusInput, entry: PodContainer, old: ContainerStatus | undefined): ContainerStatus {
  const { container } = entry;
  const state = stateOfMissing(input, entry, old);
  return {
    name: container.name,
    state,
    lastState: old?.lastState ?? {},
    ready: entry.kind === 'init' && state.terminated?.exitCode === 0,
    restartCount: old?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: '',
    started: false,
  };
}

function stateOfMissing(
  input: StatusInput,
  { kind, container }: PodContainer,
  old: ContainerStatus | undefined,
): ContainerState {
  const { running, terminated } = old?.state ?? {};
  const { pod, observed } = input;
  // Old init containers are cleaned away while the pod lives; that others were started says how they ended.
  if (kind === 'init' && pod.spec.containers.some(({ name }) => latestContainer(observed, name))) {
    return { terminated: terminated ?? { exitCode: 0, reason: 'Completed', message: forgottenInit } };
  }
  if ((running || terminated) && (input.ended || pod.spec.restartPolicy === 'Never')) {
    return { terminated: terminated ?? { exitCode: 137, reason: 'ContainerStatusUnknown', message: lostContainer } };
  }
  const byDefault = hasInit(pod) ? { reason: 'PodInitializing' } : { reason: 'ContainerCreating' };
  return { waiting: waitingState(input, container.name) ?? byDefault };
}

const forgottenInit =
  'Unable to get init container status from container runtime and pod has been initialized, treat it as exit normally';
const lostContainer = 'The container could not be located when the pod was terminated';

const hasInit = (pod: Pod): boolean => (pod.spec.initContainers ?? []).length > 0;

function waitingState({ memory }: StatusInput, name: string): ContainerStateWaiting | undefined {
  const waiting = memory.waiting[name];
  return waiting && { reason: waiting.reason, ...(waiting.message ? { message: waiting.message } : {}) };
}

/**
 * What ended and will be started again, but cannot be right now, waits: its end moves to lastState. Where nothing is
 * known to be in the way, the end is still what says most.
 */
function statesOf(
  input: StatusInput,
  { kind, container }: PodContainer,
  latest: ObservedContainer,
): { readonly state: ContainerState; readonly lastState: ContainerState | undefined } {
  const state = stateOf(input, latest);
  const earlier = input.observed.containers.find(
    (other) => other.name === latest.name && other.id !== latest.id && other.state === 'exited',
  );
  const lastState = earlier ? stateOf(input, earlier) : oldStatus(input, latest.name)?.lastState;
  const waiting = waitingState(input, latest.name);
  const again = !input.ended && !input.pod.metadata.deletionTimestamp && wantsStart(input.pod, container, kind, latest);
  if (!again || !waiting) return { state, lastState };
  return { state: { waiting }, lastState: state.terminated ? state : lastState };
}

function stateOf(input: StatusInput, container: ObservedContainer): ContainerState {
  if (container.state === 'running') return { running: { startedAt: timeText(container.startedAtMs) } };
  if (container.state === 'created') return { waiting: { reason: 'ContainerCreating' } };
  const lost = container.state === 'unknown';
  return {
    terminated: {
      exitCode: lost ? 137 : container.exitCode,
      reason: lost ? 'ContainerStatusUnknown' : container.reason || (container.exitCode === 0 ? 'Completed' : 'Error'),
      ...(container.message ? { message: container.message } : {}),
      ...(container.startedAtMs > 0 ? { startedAt: timeText(container.startedAtMs) } : {}),
      ...(container.finishedAtMs > 0 ? { finishedAt: timeText(container.finishedAtMs) } : {}),
      containerID: containerIdText(input.runtimeName, container.id),
    },
  };
}

function oldStatus({ pod, memory }: StatusInput, name: string): ContainerStatus | undefined {
  const status = memory.status ?? pod.status;
  const all = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  return all.find((entry) => entry.name === name);
}
