import { createHeap, type Heap } from '@trireme/base';

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
  readonly attempts: number;
  readonly state: 'active' | 'backoff' | 'unschedulable' | 'taken';
  /** When a waiting pod becomes active. */
  readonly dueMs: number;
  /** Something changed while the pod was being tried, so a refusal may be out of date. */
  readonly changedWhileTaken: boolean;
}

const firstBackoffMs = 1000;
const longestBackoffMs = 10_000;
const longestRestMs = 300_000;

export function createSchedulingQueue(): SchedulingQueue {
  const pods = new Map<string, Waiting>();
  // Entries are replaced, never changed; what a heap holds counts only while it is still the pod's own.
  const active = createHeap<Waiting>(goesBefore);
  const resting = createHeap<Waiting>((a, b) => a.dueMs < b.dueMs);
  let made = 0;

  const isCurrent = (pod: Waiting): boolean => pods.get(pod.key) === pod;
  const first = (heap: Heap<Waiting>): Waiting | undefined => {
    for (let pod = heap.peek(); pod && !isCurrent(pod); pod = heap.peek()) heap.pop();
    return heap.peek();
  };
  const put = (pod: Waiting): void => {
    pods.set(pod.key, pod);
    if (pod.state === 'active') active.push(pod);
    else if (pod.state !== 'taken') resting.push(pod);
  };
  const wake = (nowMs: number): void => {
    for (let pod = first(resting); pod && pod.dueMs <= nowMs; pod = first(resting)) put({ ...pod, state: 'active' });
  };
  const backOff = (pod: Waiting, nowMs: number): void =>
    put({ ...pod, state: 'backoff', dueMs: nowMs + backoffMs(pod.attempts) });

  return {
    get size() {
      return pods.size;
    },
    add(key, priority, nowMs) {
      const known = pods.get(key);
      const order = known?.order ?? made++;
      const taken = known?.state === 'taken';
      const state = taken ? 'taken' : 'active';
      put({ key, priority, order, attempts: known?.attempts ?? 0, state, dueMs: nowMs, changedWhileTaken: taken });
    },
    pop(nowMs) {
      wake(nowMs);
      const next = first(active);
      if (!next) return undefined;
      put({ ...next, state: 'taken', attempts: next.attempts + 1, changedWhileTaken: false });
      return next.key;
    },
    refused(key, nowMs) {
      const pod = pods.get(key);
      if (pod?.changedWhileTaken) backOff(pod, nowMs);
      else if (pod) put({ ...pod, state: 'unschedulable', dueMs: nowMs + longestRestMs });
    },
    failed(key, nowMs) {
      const pod = pods.get(key);
      if (pod) backOff(pod, nowMs);
    },
    remove: (key) => {
      pods.delete(key);
    },
    changed(nowMs) {
      for (const pod of [...pods.values()]) {
        if (pod.state === 'taken') put({ ...pod, changedWhileTaken: true });
        else if (pod.state === 'unschedulable') backOff(pod, nowMs);
      }
    },
    nextAtMs: () => (first(active) ? 0 : first(resting)?.dueMs),
  };
}

function goesBefore(a: Waiting, b: Waiting): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.order < b.order);
}

function backoffMs(attempts: number): number {
  return Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.max(0, attempts - 1));
}
