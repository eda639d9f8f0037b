import { backoffLeftMs, defaultBackoffLimits, durationText, nextBackoff } from './backoff.ts';
import { containerHash } from './container-hash.ts';
import { describePod, type PodContainer, podUid } from './identity.ts';
import { type PodMemory, withWaiting } from './memory.ts';
import { latestContainer, type ObservedContainer, type ObservedSandbox } from './observed.ts';
import type { PodAction } from './pod-action.ts';
import type { SyncInput } from './sync-pod.ts';

/** A part of a plan. `wakeAtMs`: when waiting alone will change what is to be done. */
export interface Step {
  readonly actions: readonly PodAction[];
  readonly memory: PodMemory;
  readonly wakeAtMs: number;
}

export function step(memory: PodMemory, actions: readonly PodAction[] = [], wakeAtMs = Number.POSITIVE_INFINITY): Step {
  return { memory, actions, wakeAtMs };
}

/** After this long a failed pull is shown as waiting for the next one. */
const pullErrorShownMs = 5000;

/** Starts a container now, or says why it has to wait. */
export function startOrWait(
  input: SyncInput,
  memory: PodMemory,
  entry: PodContainer,
  sandbox: ObservedSandbox,
  latest: ObservedContainer | undefined,
): Step {
  const { name } = entry.container;
  const waiting = memory.waiting[name];
  if (waiting && waiting.reason !== 'CrashLoopBackOff' && input.nowMs < waiting.retryAtMs) {
    return keepWaiting(input, memory, entry);
  }
  const start: PodAction = {
    type: 'start-container',
    name,
    kind: entry.kind,
    sandboxId: sandbox.id,
    podIps: input.pod.spec.hostNetwork ? input.hostIps.slice(0, 1) : sandbox.ips,
    restartCount: nextRestartCount(input, name),
  };
  if (latest?.state !== 'exited' || memory.replaced.includes(latest.id)) return step(memory, [start]);

  const key = `${name}/${containerHash(entry.container)}`;
  const left = backoffLeftMs(memory.crashBackoff[key], latest.finishedAtMs, input.nowMs, defaultBackoffLimits);
  if (left > 0) return crashLoop(input, memory, entry, memory.crashBackoff[key]?.delayMs ?? 0, left);
  const backoff = nextBackoff(memory.crashBackoff[key], latest.finishedAtMs, input.nowMs, defaultBackoffLimits);
  return step({ ...memory, crashBackoff: { ...memory.crashBackoff, [key]: backoff } }, [start]);
}

function crashLoop(input: SyncInput, memory: PodMemory, entry: PodContainer, delayMs: number, leftMs: number): Step {
  const { name } = entry.container;
  const pod = describePod(input.pod);
  const message = `back-off ${durationText(delayMs)} restarting failed container=${name} pod=${pod}`;
  const wakeAtMs = input.nowMs + leftMs;
  if (memory.waiting[name]?.message === message) return step(memory, [], wakeAtMs);
  const event: PodAction = {
    type: 'event',
    eventType: 'Warning',
    reason: 'BackOff',
    message: `Back-off restarting failed container ${name} in pod ${pod}`,
    container: name,
  };
  const waiting = { reason: 'CrashLoopBackOff', message, sinceMs: input.nowMs, retryAtMs: wakeAtMs };
  return step(withWaiting(memory, name, waiting), [event], wakeAtMs);
}

// A failed pull first shows its error, then that it waits to be tried again.
function keepWaiting(input: SyncInput, memory: PodMemory, { container }: PodContainer): Step {
  const waiting = memory.waiting[container.name];
  if (!waiting) return step(memory);
  if (waiting.reason !== 'ErrImagePull') return step(memory, [], waiting.retryAtMs);
  const turnsAtMs = waiting.sinceMs + pullErrorShownMs;
  if (input.nowMs < turnsAtMs) return step(memory, [], turnsAtMs);
  const text = `Back-off pulling image "${container.image}"`;
  const next = { ...waiting, reason: 'ImagePullBackOff', message: `${text}: ErrImagePull: ${waiting.message}` };
  const events: readonly PodAction[] = [
    { type: 'event', eventType: 'Normal', reason: 'BackOff', message: text, container: container.name },
    {
      type: 'event',
      eventType: 'Warning',
      reason: 'Failed',
      message: 'Error: ImagePullBackOff',
      container: container.name,
    },
  ];
  return step(withWaiting(memory, container.name, next), events, waiting.retryAtMs);
}

/** The pull of this container's image failed: wait 10 s, doubling to 5 min for the same image. */
export function afterFailedPull(
  memory: PodMemory,
  name: string,
  image: string,
  message: string,
  nowMs: number,
): PodMemory {
  const backoff = nextBackoff(memory.imageBackoff[image], nowMs, nowMs, defaultBackoffLimits);
  const waiting = { reason: 'ErrImagePull', message, sinceMs: nowMs, retryAtMs: nowMs + backoff.delayMs };
  return withWaiting({ ...memory, imageBackoff: { ...memory.imageBackoff, [image]: backoff } }, name, waiting);
}

/** Anything else was in the way: try again soon, it may be there by then. */
export function afterFailedStart(
  memory: PodMemory,
  name: string,
  reason: string,
  message: string,
  nowMs: number,
): PodMemory {
  const retryMs = 10_000;
  return withWaiting(memory, name, { reason, message, sinceMs: nowMs, retryAtMs: nowMs + retryMs });
}

// Counted on from what the API knows where the runtime has lost the container.
function nextRestartCount(input: SyncInput, name: string): number {
  const latest = latestContainer(input.observed, name);
  if (latest) return latest.restartCount + 1;
  const status = input.memory.status ?? input.pod.status;
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const old = all.find((entry) => entry.name === name);
  return old?.containerID && podUid(input.pod) === input.observed.uid ? old.restartCount + 1 : 0;
}
