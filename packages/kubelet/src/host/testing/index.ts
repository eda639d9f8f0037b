/**
 * A node's files in memory, and probes of simulated pods: for tests of a kubelet and for simulated nodes.
 *
 * @example
 * import { createAnsweringProber, createMemoryNodeFiles } from '@trireme/kubelet/testing';
 * import { createSimulatedRuntime } from '@trireme/simulated-runtime';
 *
 * const files = createMemoryNodeFiles();
 * const runtime = createSimulatedRuntime({ time, random, options: { logs: files } });
 * const prober = createAnsweringProber(runtime.answer);
 */
export { type Answer, createAnsweringProber } from './answering-prober.ts';
export { createMemoryNodeFiles, type MemoryNodeFiles } from './memory-node-files.ts';
