import type { ContainerStatus, Pod } from '@trireme/schema/types/core/v1';
import { isSidecar } from './identity.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

interface Tally {
  running: number;
  waiting: number;
  stopped: number;
  succeeded: number;
  unknown: number;
}

/** The phase as the containers make it. `ended`: nothing of the pod will be started any more. */
export function phaseOf(
  pod: Pod,
  initStatuses: readonly ContainerStatus[],
  statuses: readonly ContainerStatus[],
  ended: boolean,
): PodPhase {
  const init = tallyInit(pod, initStatuses);
  if (init.failed && pod.spec.restartPolicy === 'Never') return 'Failed';
  const tally: Tally = {
    running: init.running,
    waiting: init.waiting,
    stopped: 0,
    succeeded: 0,
    unknown: init.unknown,
  };
  for (const container of pod.spec.containers) count(tally, statusOf(statuses, container.name));
  const initialized = tally.stopped > 0 || statuses.some((status) => status.state?.running);
  if (init.pending || (init.sidecarsPending && !initialized) || tally.waiting > 0) return 'Pending';
  if (tally.unknown > 0) return 'Pending';
  if (tally.running > 0) return 'Running';
  if (tally.stopped === 0) return 'Pending';
  if (ended) return tally.stopped === tally.succeeded ? 'Succeeded' : 'Failed';
  return stoppedPhase(pod, tally);
}

function stoppedPhase(pod: Pod, tally: Tally): PodPhase {
  const policy = pod.spec.restartPolicy ?? 'Always';
  if (policy === 'Always') return 'Running';
  if (tally.stopped === tally.succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

function tallyInit(pod: Pod, statuses: readonly ContainerStatus[]) {
  const tally = { pending: false, failed: false, sidecarsPending: false, running: 0, waiting: 0, unknown: 0 };
  for (const container of pod.spec.initContainers ?? []) {
    const status = statusOf(statuses, container.name);
    const { terminated, waiting, running } = status?.state ?? {};
    const last = status?.lastState?.terminated;
    if (!isSidecar(container)) {
      if (terminated) tally.failed ||= terminated.exitCode !== 0;
      else if (waiting && last) tally.failed ||= last.exitCode !== 0;
      else tally.pending = true;
      // A failed one that will be tried again holds the pod back just the same.
      if ((terminated ?? last)?.exitCode) tally.pending = true;
    } else if (running) {
      tally.running++;
      tally.sidecarsPending ||= !status?.started;
    } else if (waiting && !last) {
      tally.waiting++;
      tally.sidecarsPending = true;
    } else if (!terminated && !waiting) {
      tally.unknown++;
      tally.sidecarsPending = true;
    }
  }
  return tally;
}

function count(tally: Tally, status: ContainerStatus | undefined): void {
  const { running, terminated, waiting } = status?.state ?? {};
  if (running) tally.running++;
  else if (terminated) {
    tally.stopped++;
    if (terminated.exitCode === 0) tally.succeeded++;
  } else if (waiting) {
    if (status?.lastState?.terminated) tally.stopped++;
    else tally.waiting++;
  } else tally.unknown++;
}

function statusOf(statuses: readonly ContainerStatus[], name: string): ContainerStatus | undefined {
  return statuses.find((status) => status.name === name);
}
