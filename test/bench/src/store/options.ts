import { loopWorks } from '../load/jobs.ts';
import { kvWorks } from './kv-works.ts';

export const storeWorks = [
  'memory',
  ...loopWorks,
  'watch',
  'watch-flood',
  'failover',
  ...kvWorks.map((work) => `kv-${work}` as const),
] as const;
export type StoreWork = (typeof storeWorks)[number];

export interface StoreBenchOptions {
  readonly only: readonly StoreWork[];
  readonly clients: readonly number[];
  readonly seconds: number;
  readonly warmSeconds: number;
  readonly rounds: number;
  /** How many keys there are, of 256 bytes each. */
  readonly keys: number;
  readonly watchers: number;
  readonly failovers: number;
  readonly putsPerSecond: number;
  /** An etcd to measure against. */
  readonly etcd?: string | undefined;
  /** Where our members leave a CPU profile each. */
  readonly profile?: string | undefined;
  /** Where members keep their data while they are measured. */
  readonly folder: string;
}

export const fullSize = {
  only: storeWorks,
  clients: [1, 10, 100, 1000],
  seconds: 4,
  warmSeconds: 1,
  rounds: 3,
  keys: 100_000,
  watchers: 1000,
  failovers: 5,
  putsPerSecond: 10,
} as const satisfies Omit<StoreBenchOptions, 'folder'>;

/** Enough to see that it works, and where the large differences are. */
export const quickSize = { ...fullSize, seconds: 1, warmSeconds: 0.5, rounds: 1, keys: 10_000, failovers: 1 } as const;
