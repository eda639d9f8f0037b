/**
 * The container runtime port over the Container Runtime Interface v1: what a kubelet needs to drive containerd.
 *
 * @example
 * import { createCriRuntime } from '@trireme/adapter-cri';
 *
 * const runtime = createCriRuntime({ socketPath: '/run/containerd/containerd.sock' });
 * console.log((await runtime.version()).version);
 * runtime.close();
 */
export { type CriRuntime, type CriRuntimeOptions, createCriRuntime } from './cri-runtime.ts';
