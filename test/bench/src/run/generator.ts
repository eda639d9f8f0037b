import { join } from 'node:path';
import type { Job, JobResult } from '../load/jobs.ts';
import type { Child, Workshop } from './processes.ts';

/** A process that does one job at a time, and answers each with `{ result }` or `{ error }`. */
export interface Worker<Task, Result> {
  readonly pid: number;
  run(task: Task, timeoutMs: number): Promise<Result>;
}

export type Generator = Worker<Job, JobResult>;

/** The load generator. */
export function startGenerator(workshop: Workshop): Generator {
  const module = join(import.meta.dirname, '../load/generator-process.ts');
  const logFile = join(workshop.folder, 'generator.log');
  const child = workshop.run({ program: process.execPath, args: [module] }, logFile, { pipe: true });
  return createWorker(child, `the load generator (its log is ${logFile})`);
}

export function createWorker<Task, Result>(child: Child, name: string): Worker<Task, Result> {
  interface Pending {
    resolve(result: Result): void;
    reject(error: Error): void;
  }
  let pending: Pending | undefined;
  const take = (): Pending | undefined => {
    const taken = pending;
    pending = undefined;
    return taken;
  };
  child.onMessage((message) => {
    const { result, error } = message as { readonly result?: Result; readonly error?: string };
    if (result === undefined) take()?.reject(new Error(error ?? `${name} said nothing`));
    else take()?.resolve(result);
  });
  child.onEnd((how) => take()?.reject(new Error(`${name} ended with ${how}`)));
  return {
    pid: child.pid,
    async run(task, timeoutMs) {
      if (child.ended !== undefined) throw new Error(`${name} has ended with ${child.ended}`);
      const timer = setTimeout(() => {
        take()?.reject(new Error(`${name} gave no answer in ${timeoutMs} ms`));
        void child.stop(0);
      }, timeoutMs);
      try {
        return await new Promise<Result>((resolve, reject) => {
          pending = { resolve, reject };
          child.send(task);
        });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
