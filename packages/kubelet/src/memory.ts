import type { PodStatus } from '@trireme/schema/types/core/v1';
import type { Backoff } from './backoff.ts';
import type { ProbeVerdicts } from './probe-state.ts';

/**
 * What a kubelet remembers of a pod beyond the runtime and the API. All of it may be lost at a restart: it is rebuilt by
 * mounting again (which finds what is there), by probing again, and by waiting again.
 */
export interface PodMemory {
  readonly volumesMounted: boolean;
  /** Why a container could not be started, by container name; gone once it was. */
  readonly waiting: Readonly<Record<string, Waiting>>;
  /** By container name and spec hash, so that a changed container starts afresh. */
  readonly crashBackoff: Readonly<Record<string, Backoff>>;
  /** By container id. */
  readonly verdicts: Readonly<Record<string, ProbeVerdicts>>;
  /** By image name as the pod writes it. */
  readonly imageBackoff: Readonly<Record<string, Backoff>>;
  /** Containers that were killed because their spec changed: started again whatever the restart policy says. */
  readonly replaced: readonly string[];
  /** The kubelet itself ended the pod: refused, over its deadline. */
  readonly failure: Reason | undefined;
  /** Until when no sandbox is tried after one failed. */
  readonly sandboxRetryAtMs: number;
  readonly sandboxFailures: number;
  /** Nothing of the pod runs, and its volumes are unmounted. */
  readonly tornDown: boolean;
  /** As it was computed last; conditions keep their transition times from it. */
  readonly status: PodStatus | undefined;
}

export interface Reason {
  readonly reason: string;
  readonly message: string;
}

export interface Waiting extends Reason {
  readonly sinceMs: number;
  /** No new attempt before this moment. */
  readonly retryAtMs: number;
}

export const emptyMemory: PodMemory = {
  volumesMounted: false,
  waiting: {},
  crashBackoff: {},
  imageBackoff: {},
  verdicts: {},
  replaced: [],
  failure: undefined,
  sandboxRetryAtMs: 0,
  sandboxFailures: 0,
  tornDown: false,
  status: undefined,
};

export function withWaiting(memory: PodMemory, name: string, waiting: Waiting): PodMemory {
  return { ...memory, waiting: { ...memory.waiting, [name]: waiting } };
}

export function withoutWaiting(memory: PodMemory, name: string): PodMemory {
  if (!(name in memory.waiting)) return memory;
  const { [name]: _gone, ...waiting } = memory.waiting;
  return { ...memory, waiting };
}

/** A failed sandbox is tried again after 1 s, doubling to 1 min. */
export function withSandboxFailure(memory: PodMemory, nowMs: number): PodMemory {
  const delayMs = Math.min(60_000, 1000 * 2 ** memory.sandboxFailures);
  return { ...memory, sandboxFailures: memory.sandboxFailures + 1, sandboxRetryAtMs: nowMs + delayMs };
}

export function withSandbox(memory: PodMemory): PodMemory {
  return { ...memory, sandboxFailures: 0, sandboxRetryAtMs: 0 };
}

export function withVerdicts(memory: PodMemory, containerId: string, verdicts: ProbeVerdicts): PodMemory {
  return {
    ...memory,
    verdicts: { ...memory.verdicts, [containerId]: { ...memory.verdicts[containerId], ...verdicts } },
  };
}
