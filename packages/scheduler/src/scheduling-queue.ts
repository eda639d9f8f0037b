/**
 * Pods that wait to be placed. A pod that could not be placed rests until something changed that may help it (`changed`),
 * or five minutes have passed, and in any case for its backoff. Time is an argument.
 */
export interface SchedulingQueue {
  /** A pod that is new, or was changed by its owner: tried at once. Higher priority goes first, then the one that waits longest. */
  add(key: string, priority: number, nowMs: number): void;
  /** Takes the next pod to try. */
  pop(nowMs: number): string | undefined;
  /** The pod that was taken could not be placed. */
  refused(key: string, nowMs: number): void;
  /** The pod that was taken hit an error: it is tried again after its backoff, whatever changes. */
  failed(key: string, nowMs: number): void;
  /** The pod is placed, or gone. */
  remove(key: string): void;
  /** The cluster changed in a way that may make room. */
  changed(nowMs: number): void;
  /** When `pop` will have something, undefined where nothing waits for time. */
  nextAtMs(): number | undefined;
  readonly size: number;
}

interface Waiting {
  readonly key: string;
  readonly priority: number;
  readonly order: number;
  attempts: number;
  state: 'active' | 'backoff' | 'unschedulable' | 'taken';
  /** When a waiting pod becomes active. */
  dueMs: number;
  /** Something changed while the pod was being tried, so a refusal may be out of date. */
  changedWhileTaken: boolean;
}

const firstBackoffMs = 1000;
const longestBackoffMs = 10_000;
const longestRestMs = 300_000;

export function createSchedulingQueue(): SchedulingQueue {
  const pods = new Map<string, Waiting>();
  let made = 0;

  const backoffMs = (attempts: number): number =>
    Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.max(0, attempts - 1));
  const wake = (nowMs: number): void => {
    for (const pod of pods.values()) {
      if ((pod.state === 'backoff' || pod.state === 'unschedulable') && pod.dueMs <= nowMs) pod.state = 'active';
    }
  };
  const goesBefore = (a: Waiting, b: Waiting): boolean =>
    a.priority > b.priority || (a.priority === b.priority && a.order < b.order);

  return {
    get size() {
      return pods.size;
    },
    add(key, priority, nowMs) {
      const known = pods.get(key);
      const order = known?.order ?? made++;
      const taken = known?.state === 'taken';
      pods.set(key, {
        key,
        priority,
        order,
        attempts: known?.attempts ?? 0,
        state: taken ? 'taken' : 'active',
        dueMs: nowMs,
        changedWhileTaken: taken,
      });
    },
    pop(nowMs) {
      wake(nowMs);
      let next: Waiting | undefined;
      for (const pod of pods.values()) if (pod.state === 'active' && (!next || goesBefore(pod, next))) next = pod;
      if (!next) return undefined;
      next.state = 'taken';
      next.attempts += 1;
      next.changedWhileTaken = false;
      return next.key;
    },
    refused(key, nowMs) {
      const pod = pods.get(key);
      if (!pod) return;
      pod.state = pod.changedWhileTaken ? 'backoff' : 'unschedulable';
      pod.dueMs = nowMs + (pod.changedWhileTaken ? backoffMs(pod.attempts) : longestRestMs);
    },
    failed(key, nowMs) {
      const pod = pods.get(key);
      if (!pod) return;
      pod.state = 'backoff';
      pod.dueMs = nowMs + backoffMs(pod.attempts);
    },
    remove: (key) => {
      pods.delete(key);
    },
    changed(nowMs) {
      for (const pod of pods.values()) {
        if (pod.state === 'taken') pod.changedWhileTaken = true;
        if (pod.state !== 'unschedulable') continue;
        pod.state = 'backoff';
        pod.dueMs = nowMs + backoffMs(pod.attempts);
      }
    },
    nextAtMs() {
      let least: number | undefined;
      for (const pod of pods.values()) {
        if (pod.state === 'taken') continue;
        const atMs = pod.state === 'active' ? 0 : pod.dueMs;
        if (least === undefined || atMs < least) least = atMs;
      }
      return least;
    },
  };
}
