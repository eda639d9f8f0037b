import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../../apps/trireme/src/main.ts');

/** One `store serve`. */
export interface StoreProcess {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly dataDir: string;
  /** What it has printed, in all its lives. */
  output(): string;
  start(...more: readonly string[]): void;
  /** Resolves with the exit code; null where a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Resolves when it has ended by itself. */
  ended(): Promise<number | null>;
}

export function createStoreProcess(
  what: Pick<StoreProcess, 'name' | 'clientUrl' | 'peerUrl' | 'dataDir'>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): StoreProcess {
  let child: ChildProcess | undefined;
  let output = '';
  let ended: Promise<number | null> = Promise.resolve(0);
  return {
    ...what,
    output: () => output,
    start(...more) {
      const own = spawn(process.execPath, [program, 'store', 'serve', ...args, ...more], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      });
      child = own;
      for (const stream of [own.stdout, own.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      ended = new Promise((resolve) => own.once('close', (code) => resolve(code)));
    },
    stop(signal = 'SIGTERM') {
      child?.kill(signal);
      return ended;
    },
    ended: () => ended,
  };
}
