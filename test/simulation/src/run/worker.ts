import { Worker } from 'node:worker_threads';
import { plantedBugs } from '../planted/index.ts';
import { type PlantedBug, plant } from '../planted/plant.ts';
import type { PlanOptions } from '../world/plan.ts';
import type { Tally } from './summary.ts';

/** What a worker is told to do next. */
export interface Chunk {
  readonly from: number;
  readonly count: number;
  readonly options: PlanOptions;
  /** Stops at the first seed that fails. */
  readonly untilFailure?: boolean;
}

/** The bug, if any, that this process runs with: named on its command line, since modules are loaded once. */
const name = process.argv[2];
const bug: PlantedBug | undefined = plantedBugs.find((planted) => planted.name === name);
if (name && !bug) throw new Error(`there is no planted bug '${name}'`);
const planting = bug && plant(bug);
// Loaded only now, so that the bug is in what is loaded.
const { simulate } = await import('../simulate.ts');
const { addReport, createTally } = await import('./summary.ts');
planting?.requireLoaded();

async function runChunk({ from, count, options, untilFailure }: Chunk): Promise<Tally> {
  const tally = createTally();
  for (let seed = from; seed < from + count; seed++) {
    process.send?.(seed);
    addReport(tally, await simulate(seed, options));
    if (untilFailure && tally.failures.length > 0) break;
  }
  return tally;
}

process.on('message', (chunk: Chunk) => {
  void runChunk(chunk).then((tally) => process.send?.(tally));
});
process.on('disconnect', () => process.exit(0));
new Worker(new URL('./orphan-watch.ts', import.meta.url), { workerData: { parent: process.ppid } }).unref();
process.send?.('ready');
