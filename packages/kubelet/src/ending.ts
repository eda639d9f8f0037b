import { parseTime } from '@trireme/api-machinery';
import type { Pod } from '@trireme/schema/types/core/v1';
import { containersOf, type PodContainer } from './identity.ts';
import type { PodMemory, Reason } from './memory.ts';
import { containerIn, latestContainer, type ObservedPod, runningContainers } from './observed.ts';
import { wantsStart } from './restart-policy.ts';
import type { SyncInput } from './sync-pod.ts';

/** Why nothing of a pod is to be started any more. */
export interface Ending {
  readonly kind: 'deleted' | 'gone' | 'failed' | 'finished';
  readonly gracePeriodSeconds: number;
}

export function endingOf(input: SyncInput, memory: PodMemory): Ending | undefined {
  const { pod, observed } = input;
  const asked = pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  // Even a pod that is deleted without grace has a second to go.
  const gracePeriodSeconds = Math.max(1, asked);
  if (input.gone) return { kind: 'gone', gracePeriodSeconds };
  if (pod.metadata.deletionTimestamp) return { kind: 'deleted', gracePeriodSeconds };
  if (memory.failure) return { kind: 'failed', gracePeriodSeconds };
  const phase = pod.status?.phase;
  if (phase === 'Failed' || phase === 'Succeeded' || isFinished(pod, observed, memory)) {
    return { kind: 'finished', gracePeriodSeconds };
  }
  return undefined;
}

/** The kubelet's own reason to fail a running pod: it was active for longer than it may be. */
export function deadlineFailure(pod: Pod, memory: PodMemory, nowMs: number): Reason | undefined {
  const dueMs = deadlineMs(pod, memory);
  if (dueMs === undefined || nowMs < dueMs) return undefined;
  return { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
}

export function deadlineMs(pod: Pod, memory: PodMemory): number | undefined {
  const startedMs = parseTime(memory.status?.startTime ?? pod.status?.startTime);
  const seconds = pod.spec.activeDeadlineSeconds;
  return seconds === undefined || startedMs === undefined ? undefined : startedMs + seconds * 1000;
}

function isFinished(pod: Pod, observed: ObservedPod, memory: PodMemory): boolean {
  const entries = containersOf(pod);
  if (observed.containers.length === 0) return false;
  const done = (entry: PodContainer): boolean => {
    const latest = latestContainer(observed, entry.container.name);
    if (latest?.state !== 'exited' || memory.replaced.includes(latest.id)) return false;
    return !wantsStart(pod, entry.container, entry.kind, latest);
  };
  if (entries.filter(({ kind }) => kind === 'app').every(done)) return true;
  const [sandbox] = observed.sandboxes;
  const initFailed = entries.some((entry) => {
    const own = entry.kind === 'init' ? containerIn(observed, sandbox?.id, entry.container.name) : undefined;
    return own?.exitCode !== 0 && own?.state === 'exited' && done(entry);
  });
  if (initFailed) return true;
  // A pod that never restarts does not get a second sandbox.
  return pod.spec.restartPolicy === 'Never' && !sandbox?.ready && runningContainers(observed).length === 0;
}
