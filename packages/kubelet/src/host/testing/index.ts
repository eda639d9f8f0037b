/**
 * A node's files in memory, for tests of a kubelet and for simulated nodes.
 *
 * @example
 * import { createMemoryNodeFiles } from '@trireme/kubelet/testing';
 * import { createSimulatedRuntime } from '@trireme/simulated-runtime';
 *
 * const files = createMemoryNodeFiles();
 * const runtime = createSimulatedRuntime({ time, random, options: { logs: files } });
 */
export { createMemoryNodeFiles, type MemoryNodeFiles } from './memory-node-files.ts';
