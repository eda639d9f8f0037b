import type { ContainerState } from '@trireme/ports';

/** What the runtime has of one pod, newest first in both lists. */
export interface ObservedPod {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly sandboxes: readonly ObservedSandbox[];
  readonly containers: readonly ObservedContainer[];
}

export interface ObservedSandbox {
  readonly id: string;
  readonly attempt: number;
  readonly ready: boolean;
  readonly createdAtMs: number;
  /** Primary first; empty on the host network. */
  readonly ips: readonly string[];
  readonly hostNetwork: boolean;
}

export interface ObservedContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly state: ContainerState;
  readonly createdAtMs: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly exitCode: number;
  readonly reason: string;
  /** The termination message, or the tail of its log where that is asked for. */
  readonly message: string;
  readonly image: string;
  readonly imageRef: string;
  /** Of the spec it was made from. */
  readonly hash: string;
  readonly restartCount: number;
  readonly logPath: string;
}

export function emptyObservation(uid: string, name: string, namespace: string): ObservedPod {
  return { uid, name, namespace, sandboxes: [], containers: [] };
}

/** The container that speaks for this name: the newest one. */
export function latestContainer(observed: ObservedPod, name: string): ObservedContainer | undefined {
  return observed.containers.find((container) => container.name === name);
}

/** The same within one sandbox. */
export function containerIn(
  observed: ObservedPod,
  sandboxId: string | undefined,
  name: string,
): ObservedContainer | undefined {
  return observed.containers.find((container) => container.name === name && container.sandboxId === sandboxId);
}

export function runningContainers(observed: ObservedPod): readonly ObservedContainer[] {
  return observed.containers.filter((container) => container.state === 'running');
}
