import type { Container, ContainerStatus, Pod } from '@trireme/schema/types/core/v1';

/** What `kubectl get pods` says of a pod in its first columns. */
export interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
  /** When a container last ended before a restart, as RFC 3339; undefined where none did. */
  readonly lastRestart: string | undefined;
}

interface Tally {
  ready: number;
  restarts: number;
  lastRestart: string | undefined;
}

/** The init containers that keep running beside the others. */
function isSidecar(container: Container | undefined): boolean {
  return container?.restartPolicy === 'Always';
}

function countRestarts(tally: Tally, status: ContainerStatus): void {
  tally.restarts += status.restartCount;
  const finishedAt = status.lastState?.terminated?.finishedAt;
  if (finishedAt === undefined) return;
  if (tally.lastRestart === undefined || Date.parse(finishedAt) > Date.parse(tally.lastRestart)) {
    tally.lastRestart = finishedAt;
  }
}

/** Why a container ended, in the words of its runtime or else by its signal or exit code. */
function terminatedReason(terminated: {
  reason?: string | undefined;
  signal?: number | undefined;
  exitCode: number;
}): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

/** What holds the pod in its initialization; undefined where this container is done, or runs as a sidecar. */
function initProgress(status: ContainerStatus, container: Container | undefined, at: string): string | undefined {
  const { terminated, waiting } = status.state ?? {};
  if (terminated?.exitCode === 0) return undefined;
  if (isSidecar(container) && status.started) return undefined;
  if (terminated) return `Init:${terminatedReason(terminated)}`;
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
  return `Init:${at}`;
}

/** Counts the init containers into the tallies and answers what initialization waits for. */
function readInitContainers(pod: Pod, all: Tally, sidecars: Tally): string | undefined {
  const initContainers = pod.spec.initContainers ?? [];
  const byName = new Map(initContainers.map((container) => [container.name, container]));
  for (const [i, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const container = byName.get(status.name);
    countRestarts(all, status);
    if (isSidecar(container)) countRestarts(sidecars, status);
    const progress = initProgress(status, container, `${i}/${initContainers.length}`);
    if (progress !== undefined) return progress;
    const runsOn = isSidecar(container) && status.started && status.state?.terminated?.exitCode !== 0;
    if (runsOn && status.ready) {
      all.ready++;
      sidecars.ready++;
    }
  }
  return undefined;
}

/** Counts the containers; the first one's own reason wins over those of the later. */
function readContainers(pod: Pod, tally: Tally, phaseReason: string): string {
  let reason = phaseReason;
  let anyRunning = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(tally, status);
    const { waiting, terminated, running } = status.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) reason = terminatedReason(terminated);
    else if (status.ready && running) {
      anyRunning = true;
      tally.ready++;
    }
  }
  if (reason !== 'Completed' || !anyRunning) return reason;
  return hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
}

function hasCondition(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

function phaseReasonOf(pod: Pod): string {
  const gated = pod.status?.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated');
  if (gated) return 'SchedulingGated';
  return pod.status?.reason || pod.status?.phase || '';
}

function deletionReason(pod: Pod): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed' ? undefined : 'Terminating';
}

/** Sums up a pod as upstream's printer does, rule by rule. */
export function summarizePod(pod: Pod): PodSummary {
  const all: Tally = { ready: 0, restarts: 0, lastRestart: undefined };
  const sidecars: Tally = { ready: 0, restarts: 0, lastRestart: undefined };
  const total = pod.spec.containers.length + (pod.spec.initContainers?.filter(isSidecar).length ?? 0);
  const waitsFor = readInitContainers(pod, all, sidecars);
  let tally = all;
  let status = waitsFor ?? phaseReasonOf(pod);
  if (waitsFor === undefined || hasCondition(pod, 'Initialized')) {
    // Restarts of ordinary init containers no longer matter once the pod is past them.
    tally = sidecars;
    status = readContainers(pod, tally, status);
  }
  status = deletionReason(pod) ?? status;
  return { ready: tally.ready, total, status, restarts: tally.restarts, lastRestart: tally.lastRestart };
}
