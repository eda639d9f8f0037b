import { messageOf } from '@trireme/base';
import type { Job, JobResult } from '../load/jobs.ts';
import { totalCpuUs } from '../load/process-sample.ts';
import { sleep } from '../load/window.ts';
import { type Generator, startGenerator } from './generator.ts';
import type { Workshop } from './processes.ts';

/** One run of a benchmark: the generator, what it is told to say, and what went wrong so far. */
export interface Session {
  readonly workshop: Workshop;
  readonly warnings: string[];
  /** What failed, by its name. */
  readonly failed: string[];
  say(line: string): void;
  /** Goes on after what fails, which becomes a warning. */
  guard<Result>(what: string, act: () => Promise<Result>): Promise<Result | undefined>;
  /** Does a job. What fails is a warning, and undefined. */
  attempt(what: string, job: () => Promise<Job>, timeoutMs: number): Promise<JobResult | undefined>;
}

export function createSession(workshop: Workshop, say: (line: string) => void): Session {
  const warnings: string[] = [];
  const failed: string[] = [];
  let generator: Generator | undefined;
  const guard: Session['guard'] = async (what, act) => {
    try {
      return await act();
    } catch (error) {
      failed.push(what);
      warnings.push(`${what}: ${messageOf(error)}`);
      say(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  };
  return {
    workshop,
    warnings,
    failed,
    say,
    guard,
    async attempt(what, job, timeoutMs) {
      generator ??= startGenerator(workshop);
      const current = generator;
      const done = await guard(what, async () => current.run(await job(), timeoutMs));
      // It may be what failed; the next job gets a new one.
      if (done === undefined) generator = undefined;
      return done;
    },
  };
}

const quietCores = 0.1;
const settleMs = 20_000;

/** Waits until the processes have done what was left to do: compaction, checkpoints, elections. */
export async function settle(pids: () => readonly number[]): Promise<void> {
  const untilMs = performance.now() + settleMs;
  let quiet = 0;
  while (quiet < 2 && performance.now() < untilMs) {
    const before = totalCpuUs(pids());
    const startMs = performance.now();
    await sleep(250);
    const cores = (totalCpuUs(pids()) - before) / 1000 / (performance.now() - startMs);
    quiet = cores < quietCores ? quiet + 1 : 0;
  }
}
