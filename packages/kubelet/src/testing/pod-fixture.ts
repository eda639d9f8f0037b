import type { Container, Pod, PodSpec } from '@trireme/schema/types/core/v1';
import { containerHash } from '../container-hash.ts';
import { emptyMemory, type PodMemory } from '../memory.ts';
import type { ObservedContainer, ObservedPod, ObservedSandbox } from '../observed.ts';
import type { SyncInput } from '../sync-pod.ts';

/** Small pods and observations for the tables of the core's tests. */
export const nowMs = Date.UTC(2026, 0, 1);

export function makePod(spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid: 'uid-1', ...metadata },
    spec: { containers: [makeContainer('app')], restartPolicy: 'Always', ...spec },
  };
}

export function makeContainer(name: string, more: Partial<Container> = {}): Container {
  return { name, image: 'example/app:1', ...more };
}

export function observedContainer(name: string, more: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    id: `${name}-0`,
    sandboxId: 'sandbox-0',
    name,
    state: 'running',
    createdAtMs: nowMs - 60_000,
    startedAtMs: nowMs - 60_000,
    finishedAtMs: more.state === 'exited' ? nowMs - 1000 : 0,
    exitCode: 0,
    reason: '',
    message: '',
    image: 'example/app:1',
    imageRef: 'sha256:1',
    hash: containerHash(makeContainer(name)),
    restartCount: 0,
    logPath: `/var/log/pods/default_web_uid-1/${name}/0.log`,
    ...more,
  };
}

export const readySandbox: ObservedSandbox = {
  id: 'sandbox-0',
  attempt: 0,
  ready: true,
  createdAtMs: nowMs - 70_000,
  ips: ['10.244.0.5'],
  hostNetwork: false,
};

export function observation(
  containers: readonly ObservedContainer[] = [],
  sandboxes: readonly ObservedSandbox[] = [readySandbox],
): ObservedPod {
  return { uid: 'uid-1', name: 'web', namespace: 'default', sandboxes, containers };
}

export function makeInput(
  pod: Pod,
  observed: ObservedPod,
  memory: Partial<PodMemory> = {},
  more: Partial<SyncInput> = {},
): SyncInput {
  return {
    pod,
    gone: false,
    observed,
    memory: { ...emptyMemory, volumesMounted: true, ...memory },
    nowMs,
    runtimeName: 'containerd',
    hostIps: ['192.0.2.10'],
    ...more,
  };
}
