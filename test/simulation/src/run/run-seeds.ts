import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { PlanOptions } from '../world/plan.ts';
import { addTally, createTally, type Tally } from './summary.ts';
import type { Chunk } from './worker.ts';

export interface RunOptions {
  readonly from: number;
  readonly seeds: number;
  /** No new seed is begun after so many minutes. */
  readonly minutes?: number | undefined;
  readonly workers?: number | undefined;
  readonly plan?: PlanOptions | undefined;
  /** Of `plantedBugs`. */
  readonly bug?: string | undefined;
  readonly untilFailure?: boolean | undefined;
  readonly progress?: ((tally: Tally) => void) | undefined;
}

const seedsPerChunk = 25;
/** A chunk that takes longer hangs: a simulation bounds itself in virtual time, and this is for what escapes that. */
const chunkLimitMs = 120_000;

/** Runs seeds in as many processes as there are cores. */
export async function runSeeds(options: RunOptions): Promise<Tally> {
  const workers = Math.min(options.workers ?? availableParallelism(), Math.ceil(options.seeds / seedsPerChunk));
  const deadlineMs = performance.now() + (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  const tally = createTally();
  let next = options.from;
  const end = options.from + options.seeds;
  const takeChunk = (): Chunk | undefined => {
    if (next >= end || performance.now() >= deadlineMs) return undefined;
    if (options.untilFailure && tally.failures.length > 0) return undefined;
    const count = Math.min(seedsPerChunk, end - next);
    const chunk = { from: next, count, options: options.plan ?? {}, untilFailure: options.untilFailure ?? false };
    next += count;
    return chunk;
  };
  const done = (part: Tally): void => {
    addTally(tally, part);
    options.progress?.(tally);
  };
  await Promise.all(Array.from({ length: workers }, () => runWorker(options.bug, takeChunk, done)));
  return tally;
}

function runWorker(
  bug: string | undefined,
  takeChunk: () => Chunk | undefined,
  done: (tally: Tally) => void,
): Promise<void> {
  const args = bug === undefined ? [] : [bug];
  const child = fork(join(import.meta.dirname, 'worker.ts'), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    let chunk: Chunk | undefined;
    let timer: NodeJS.Timeout | undefined;
    const giveUp = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(chunk ? `seeds ${chunk.from} to ${chunk.from + chunk.count - 1}: ${why}` : `a worker: ${why}`));
    };
    const give = (worker: ChildProcess): void => {
      clearTimeout(timer);
      chunk = takeChunk();
      if (!chunk) {
        worker.disconnect();
        resolve();
        return;
      }
      timer = setTimeout(() => giveUp(`no end in ${chunkLimitMs / 1000} s`), chunkLimitMs);
      worker.send(chunk);
    };
    child.on('message', (message: 'ready' | Tally) => {
      if (message !== 'ready') done(message);
      give(child);
    });
    child.once('error', (error) => giveUp(error.message));
    child.once('exit', (code) => {
      if (code !== 0) giveUp(`the process ended with code ${code}`);
    });
  });
}
