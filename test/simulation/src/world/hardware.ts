import { DiskError } from '@trireme/ports';
import { createMemoryDisk, type DiskOperation, type MemoryDisk, type SeededRandom } from '@trireme/testkit';
import { createLevelStore, type LevelStore } from './level-store.ts';
import type { MachineClock } from './machine-clock.ts';
import { type LevelGate, SimLevel } from './sim-level.ts';

/** When a machine dies: at the n-th operation of its disk or its database from now on, before or after its effect. */
export interface CrashPoint {
  operations: number;
  readonly afterEffect: boolean;
  readonly power: boolean;
  /** Where the next process dies. */
  readonly next?: CrashPoint | undefined;
}

/** A machine's disk, the database on it, and how they fail now. */
export interface Hardware {
  readonly disk: MemoryDisk;
  readonly store: LevelStore;
  crashPoint: CrashPoint | undefined;
  /** Every operation takes this much longer. */
  slowMs: number;
  /** Nothing more can be written. */
  full: boolean;
  /** The next so many syncs fail. */
  failingSyncs: number;
  /** Reads come back changed by this, once per call until it is undefined. */
  damageRead: ((path: string, bytes: Uint8Array, whole: Uint8Array) => Uint8Array) | undefined;
  /** What may make the present process fail by itself: it was dealt such a fault. */
  readonly excuses: Set<'full' | 'io' | 'damage'>;
  /** Operations so far. */
  readonly operations: number;
  openLevel(isAlive: () => boolean): SimLevel;
  /** The process is gone; what it wrote stays. */
  detach(): void;
  losePower(): void;
}

export interface HardwareDeps {
  readonly clock: MachineClock;
  readonly random: SeededRandom;
  readonly died: (power: boolean) => void;
}

export function createHardware(deps: HardwareDeps, options: { readonly slowness: () => number }): Hardware {
  const { clock, random } = deps;
  const store = createLevelStore();
  let operations = 0;
  let dying = false;

  const die = (): void => {
    const point = hardware.crashPoint;
    hardware.crashPoint = point?.next;
    dying = false;
    deps.died(point?.power ?? false);
  };
  const before = (): void => {
    operations += 1;
    const point = hardware.crashPoint;
    if (!point || --point.operations > 0) return;
    if (point.afterEffect) dying = true;
    else die();
  };
  const after = (): void => {
    if (dying) die();
  };
  const disk = createMemoryDisk({
    time: clock,
    faults: {
      delayMs: ({ kind }) => hardware.slowMs + (kind === 'sync' || kind === 'write-atomic' ? options.slowness() : 0),
      before(operation: DiskOperation) {
        before();
        if (operation.kind !== 'sync' || hardware.failingSyncs === 0) return;
        hardware.failingSyncs -= 1;
        throw new DiskError('io', `sync ${operation.path}: the disk failed.`);
      },
      after,
      readAs: ({ path }, bytes, whole) => hardware.damageRead?.(path, bytes, whole) ?? bytes,
    },
  });

  const gateOf = (isAlive: () => boolean): LevelGate => {
    const never = new Promise<never>(() => undefined);
    return {
      async run(kind, action) {
        if (hardware.slowMs > 0) await new Promise<void>((resolve) => void clock.after(hardware.slowMs, resolve));
        else await undefined;
        if (!isAlive()) return never;
        before();
        if (!isAlive()) return never;
        if (hardware.full && kind === 'write') throw new Error('IO error: No space left on device');
        const result = action();
        after();
        return isAlive() ? result : never;
      },
      runNow: (_kind, action) => action(),
    };
  };

  let isFull = false;
  const hardware: Hardware = {
    disk,
    store,
    crashPoint: undefined,
    slowMs: 0,
    failingSyncs: 0,
    damageRead: undefined,
    excuses: new Set(),
    get full() {
      return isFull;
    },
    set full(full) {
      isFull = full;
      disk.setCapacity(full ? disk.usedBytes : undefined);
    },
    get operations() {
      return operations;
    },
    openLevel: (isAlive) => new SimLevel(store, gateOf(isAlive)),
    detach: () => disk.detach(),
    losePower() {
      disk.crash(random);
      store.crash(random);
    },
  };
  return hardware;
}
