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
  /** Ends the processes at once; the run rejects. */
  readonly signal?: AbortSignal | undefined;
}

const seedsPerChunk = 25;
/** A seed bounds itself in virtual time; these are for what escapes that, and count as failures of the seed. */
const seedLimitMs = 120_000;
const memoryMb = 1_024;

/** Runs seeds in as many processes as there are cores. */
export async function runSeeds(options: RunOptions): Promise<Tally> {
  const { bug, signal } = options;
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
      const rest = await runWorker({ bug, signal, takeChunk, done }, chunk);
      if (rest && !(options.untilFailure && tally.failures.length > 0))
        await runWorker({ bug, signal, takeChunk: () => undefined, done }, rest);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return tally;
}

interface WorkerJob {
  readonly bug: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly takeChunk: () => Chunk | undefined;
  readonly done: (tally: Tally) => void;
}

/** Works until nothing is left to take. Resolves with what is left of a chunk whose process died. */
async function runWorker({ bug, signal, takeChunk, done }: WorkerJob, first: Chunk): Promise<Chunk | undefined> {
  signal?.throwIfAborted();
  const child = fork(join(import.meta.dirname, 'worker.ts'), bug === undefined ? [] : [bug], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [`--max-old-space-size=${memoryMb}`],
  });
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop);
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
        timer = setTimeout(stop, seedLimitMs);
        return;
      }
      if (message !== 'ready') {
        done(message);
        chunk = takeChunk();
      }
      give();
    });
    child.once('error', reject);
    child.once('exit', (code, killedBy) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason);
      if (!chunk || signal?.aborted) return;
      if (seed === undefined) {
        reject(new Error(`a process of the simulation ended with ${code ?? killedBy} before it had begun a seed`));
        return;
      }
      const what = `the process ended with ${code ?? killedBy}: a seed may take ${seedLimitMs / 1000} s and ${memoryMb} MiB`;
      done({ ...createTally(), seeds: 1 + seed - chunk.from, failures: [{ seed, checker: 'process', what }] });
      const count = chunk.from + chunk.count - seed - 1;
      resolve(count > 0 ? { ...chunk, from: seed + 1, count } : undefined);
    });
  });
}
