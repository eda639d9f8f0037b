/**
 * What a kubelet decides, as pure functions: from a pod, what the runtime has of it and what is remembered, to the next
 * actions and the status to report. `@trireme/kubelet/host` runs it; `@trireme/kubelet/testing` has memory for files.
 *
 * @example
 * import { emptyMemory, emptyObservation, syncPod } from '@trireme/kubelet';
 *
 * const observed = emptyObservation('uid-1', 'web', 'default');
 * const plan = syncPod({ pod, gone: false, observed, memory: emptyMemory, nowMs, runtimeName: 'containerd', hostIps: [] });
 * console.log(plan.actions); // [{ type: 'mount-volumes' }]
 */
export { containerHash } from './container-hash.ts';
export { type LogEntry, parseLogLine, splitLines } from './cri-log.ts';
export { annotations, labels } from './identity.ts';
export { emptyMemory, type PodMemory } from './memory.ts';
export { admissionProblem } from './node-admission.ts';
export type { NodeFacts } from './node-status.ts';
export { emptyObservation, type ObservedContainer, type ObservedPod, type ObservedSandbox } from './observed.ts';
export type { ContainerKill, PodAction } from './pod-action.ts';
export type { DnsSettings } from './pod-network-files.ts';
export { qosClassOf } from './qos.ts';
export { type SyncInput, type SyncPlan, syncPod } from './sync-pod.ts';
