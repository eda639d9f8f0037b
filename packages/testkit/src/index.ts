/**
 * Fakes of the ports, and the suites that every implementation of a port must pass.
 *
 * @example
 * import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
 *
 * const time = createVirtualTime();
 * const random = createSeededRandom(42);
 * time.after(1000 * random.float(), () => console.log('fired at', time.monotonic()));
 * await time.advance(1000);
 */
export {
  createMemoryDisk,
  type DiskFaults,
  type DiskOperation,
  type MemoryDisk,
  type MemoryDiskOptions,
} from './memory-disk.ts';
export { createMemoryKv, type MemoryKv, type MemoryKvOptions } from './memory-kv.ts';
export { type NodeFilesCase, nodeFilesSuite } from './node-files-suite.ts';
export { createPeerNetwork, type PeerNetwork, type PeerNetworkOptions } from './peer-network.ts';
export { containerConfig, sandboxConfig } from './runtime-configs.ts';
export { createSeededRandom, type SeededRandom } from './seeded-random.ts';
export { createVirtualTime, type VirtualTime } from './virtual-time.ts';
