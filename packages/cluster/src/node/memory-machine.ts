import type { StateLevel } from '@trireme/store';
import type { MemoryDisk, PeerNetwork, SeededRandom } from '@trireme/testkit';
import type { AbstractBatchOperation } from 'abstract-level';
import { MemoryLevel } from 'memory-level';
import type { Machine } from '../world.ts';

/** A machine whose disk and database are memory; both outlive the processes that use them. */
export function createMemoryMachine(
  id: bigint,
  deps: { readonly disk: MemoryDisk; readonly network: PeerNetwork; readonly random: SeededRandom },
): Machine {
  const { disk, network, random } = deps;
  const level = new MemoryLevel<Uint8Array, Uint8Array>({ keyEncoding: 'view', valueEncoding: 'view' });
  return {
    attach: (isAlive) => ({
      disk: disk.attach(),
      level: () => mortalLevel(level, isAlive),
      transport: network.connect(id),
    }),
    crash() {
      disk.crash(random);
      // What the dead process still sends goes nowhere: the end that it holds is not connected any more.
      void network.connect(id).close();
    },
  };
}

/** The database as one process has it: after its end nothing that it asks happens, and nothing answers. */
function mortalLevel(level: MemoryLevel<Uint8Array, Uint8Array>, isAlive: () => boolean): StateLevel {
  const never = new Promise<never>(() => undefined);
  const whileAlive = <T>(call: () => Promise<T>): Promise<T> => (isAlive() ? call() : never);
  const chain = (): unknown => {
    const chained = level.batch();
    const batch = {
      put(key: Uint8Array, value: Uint8Array) {
        chained.put(key, value);
        return batch;
      },
      write: () => whileAlive(() => chained.write()),
    };
    return batch;
  };
  type Operations = readonly AbstractBatchOperation<StateLevel, string | Uint8Array, Uint8Array>[];
  const face = {
    get: (key: Uint8Array) => whileAlive(() => level.get(key)),
    batch: (operations?: Operations, options?: object) =>
      operations ? whileAlive(() => level.batch(operations as never, options as never)) : chain(),
    clear: (range: Parameters<typeof level.clear>[0]) => whileAlive(() => level.clear(range)),
    getMany: (keys: Uint8Array[]) => whileAlive(() => level.getMany(keys)),
    getSync: (key: Uint8Array) => level.getSync(key),
    iterator: (range: Parameters<typeof level.iterator>[0]) => level.iterator(range ?? {}),
    keys: (range: Parameters<typeof level.keys>[0]) => level.keys(range ?? {}),
    snapshot: () => level.snapshot(),
    close: () => whileAlive(() => Promise.resolve()),
  };
  // The store uses no more of a database than this.
  return face as unknown as StateLevel;
}
