import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Answer, Order } from './arena/main.ts';
import type { Report } from './arena/report.ts';
import type { FaultName } from './faults/registry.ts';
import { openYard } from './yard/open-yard.ts';

/** A cluster of real processes on this machine, to which faults can be done. */
export interface Driver {
  run(fault: FaultName, options?: { readonly seconds?: number }): Promise<Report>;
  /** Takes everything away. Where a run had problems, logs and histories stay, and their folder is returned. */
  close(): Promise<string | undefined>;
}

const closeMs = 10_000;

/** Makes the yard, and in its clients' namespace a process that starts the members and does the rest. */
export async function openDriver(options: { readonly verbose?: boolean } = {}): Promise<Driver> {
  const yard = await openYard();
  const { site } = yard;
  const program = [process.execPath, join(import.meta.dirname, 'arena/main.ts')];
  const child = spawn('nsenter', [`--net=/run/netns/${site.clientNamespace}`, ...program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let bad = false;
  const ask = async (order: Order): Promise<Answer> => {
    const answer = await exchange(child, order);
    if (answer.type !== 'failed') return answer;
    bad = true;
    throw new Error(answer.reason);
  };
  const close = async (): Promise<string | undefined> => {
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.exitCode === null && child.signalCode === null) {
      const timer = setTimeout(() => child.kill('SIGKILL'), closeMs);
      child.disconnect();
      await gone;
      clearTimeout(timer);
    }
    return yard.close({ keepLogs: bad });
  };
  try {
    await ask({ type: 'open', site, verbose: options.verbose ?? false });
  } catch (error) {
    throw new Error(`the cluster did not start; its logs are in ${await close()}`, { cause: error });
  }
  return {
    async run(fault, { seconds = 0 } = {}) {
      // Until it is known to be good: a run that is given up leaves its logs.
      const before = bad;
      bad = true;
      const answer = await ask({ type: 'run', fault, seconds });
      if (answer.type !== 'report') throw new Error(`asked to run ${fault}, the arena answered ${answer.type}`);
      bad = before || answer.report.problems.length > 0;
      return answer.report;
    },
    close,
  };
}

function exchange(child: ChildProcess, order: Order): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('the arena ended before it answered'));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      resolve(answer as Answer);
    });
    child.send(order);
  });
}
