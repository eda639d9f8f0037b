import { fork } from 'node:child_process';
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
/** A seed bounds itself in virtual time; these are for what escapes that, and count as failures of the seed. */
const seedLimitMs = 120_000;
const memoryMb = 1_024;

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
  const work = async (): Promise<void> => {
    for (let chunk = takeChunk(); chunk; chunk = takeChunk()) {
      // A process that died is replaced; what its chunk had left is done by the next one.
      const rest = await runWorker(options.bug, chunk, takeChunk, done);
      if (rest && !(options.untilFailure && tally.failures.length > 0))
        await runWorker(options.bug, rest, () => undefined, done);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return tally;
}

/** Works until nothing is left to take. Resolves with what is left of a chunk whose process died. */
function runWorker(
  bug: string | undefined,
  first: Chunk,
  takeChunk: () => Chunk | undefined,
  done: (tally: Tally) => void,
): Promise<Chunk | undefined> {
  const child = fork(join(import.meta.dirname, 'worker.ts'), bug === undefined ? [] : [bug], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [`--max-old-space-size=${memoryMb}`],
  });
  return new Promise((resolve, reject) => {
    let chunk: Chunk | undefined = first;
    let seed: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    const give = (): void => {
      clearTimeout(timer);
      seed = undefined;
      if (chunk) child.send(chunk);
      else {
        child.disconnect();
        resolve(undefined);
      }
    };
    child.on('message', (message: 'ready' | number | Tally) => {
      if (typeof message === 'number') {
        seed = message;
        clearTimeout(timer);
        timer = setTimeout(() => child.kill('SIGKILL'), seedLimitMs);
        return;
      }
      if (message !== 'ready') {
        done(message);
        chunk = takeChunk();
      }
      give();
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (!chunk) return;
      if (seed === undefined) {
        reject(new Error(`a process of the simulation ended with ${code ?? signal} before it had begun a seed`));
        return;
      }
      const what = `the process ended with ${code ?? signal}: a seed may take ${seedLimitMs / 1000} s and ${memoryMb} MiB`;
      done({ ...createTally(), seeds: 1 + seed - chunk.from, failures: [{ seed, checker: 'process', what }] });
      const count = chunk.from + chunk.count - seed - 1;
      resolve(count > 0 ? { ...chunk, from: seed + 1, count } : undefined);
    });
  });
}
