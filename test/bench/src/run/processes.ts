import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { mkdtemp, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { sleep } from '../load/window.ts';
import { startSweeper } from './sweeper.ts';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface Child {
  readonly pid: number;
  /** What it ended with, once it has: 'code 1', 'SIGKILL'. */
  readonly ended: string | undefined;
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onEnd(listener: (how: string) => void): void;
  /** SIGTERM, and SIGKILL if that is not enough. Resolves when the process is gone. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * All that a benchmark leaves outside of itself: processes and one folder. `close` takes them away, and so does the end of
 * this process, however it comes.
 */
export interface Workshop {
  readonly folder: string;
  /** `pipe`: a program of Node's, with which messages are exchanged. */
  run(command: Command, logFile: string, options?: { readonly pipe?: boolean }): Child;
  /** A file elsewhere that goes with the folder. */
  alsoRemove(file: string): void;
  close(): Promise<void>;
}

export async function openWorkshop(parent: string): Promise<Workshop> {
  const folder = await mkdtemp(join(parent, 'trireme-bench-'));
  const children = new Set<ChildProcess>();
  const files = [folder];
  const sweeper = startSweeper(folder);
  const clear = (): void => {
    for (const child of children) child.kill('SIGKILL');
    for (const file of files) rmSync(file, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  const interrupted = (): void => process.exit(130);
  const terminated = (): void => process.exit(143);
  process.on('exit', clear);
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', terminated);
  const adopt = (child: ChildProcess): Child => {
    children.add(child);
    sweeper.watch(child);
    child.once('exit', () => children.delete(child));
    return faceOf(child);
  };
  return {
    folder,
    run({ program, args, env }, logFile, { pipe = false } = {}) {
      const log = openSync(logFile, 'a');
      const stdio: StdioOptions = pipe ? ['ignore', log, log, 'ipc'] : ['ignore', log, log];
      try {
        return adopt(spawn(program, args, { stdio, env: { ...cleanEnvironment(), ...env } }));
      } finally {
        closeSync(log);
      }
    },
    alsoRemove: (file) => void files.push(file),
    async close() {
      await Promise.all([...children].map((child) => faceOf(child).stop(2_000)));
      process.off('exit', clear);
      process.off('SIGINT', interrupted);
      process.off('SIGTERM', terminated);
      clear();
      sweeper.close();
    },
  };
}

/** Without what would make a start of Node slow, or a member of etcd listen elsewhere. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => name !== 'NODE_EXTRA_CA_CERTS' && !name.startsWith('ETCD_'));
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

function faceOf(child: ChildProcess): Child {
  let ended: string | undefined = endOf(child);
  child.once('exit', (code, signal) => {
    ended = signal ?? `code ${code}`;
  });
  // A program that cannot be started has no process id, and no exit either.
  child.once('error', (error) => {
    ended ??= error.message;
  });
  return {
    pid: child.pid ?? 0,
    get ended() {
      return ended;
    },
    send(message) {
      if (child.connected) child.send(message as object);
    },
    onMessage: (listener) => void child.on('message', listener),
    onEnd: (listener) => void child.once('exit', (code, signal) => listener(signal ?? `code ${code}`)),
    async stop(graceMs = 10_000) {
      if (ended !== undefined) return;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const inTime = await Promise.race([gone.then(() => true), sleep(graceMs).then(() => false)]);
      if (!inTime) child.kill('SIGKILL');
      await gone;
    },
  };
}

function endOf(child: ChildProcess): string | undefined {
  if (child.signalCode !== null) return child.signalCode;
  return child.exitCode === null ? undefined : `code ${child.exitCode}`;
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const memoryFileSystem = 0x01021994;

/** True where a folder is in memory only, so that syncing costs nothing. */
export async function isInMemory(folder: string): Promise<boolean> {
  return (await statfs(folder)).type === memoryFileSystem;
}
