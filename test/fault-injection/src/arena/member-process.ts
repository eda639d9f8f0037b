import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { MemberSite } from '../yard/site.ts';

/** One `store serve` in its own namespace, in all its lives. */
export interface MemberProcess {
  readonly site: MemberSite;
  readonly running: boolean;
  readonly paused: boolean;
  /** What the last life ended with: 'code 1', 'SIGKILL'. */
  readonly ended: string | undefined;
  /** Flags given later stand for those given before. */
  start(...more: readonly string[]): void;
  /** Resolves when the process is gone. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  pause(): void;
  resume(): void;
  /** Resolves when it has ended by itself, or at once where it does not run. */
  untilEnd(): Promise<void>;
  /** What it has printed since its last start. */
  output(): string;
}

export function createMemberProcess(site: MemberSite, program: readonly string[]): MemberProcess {
  let child: ChildProcess | undefined;
  let paused = false;
  let ended: string | undefined;
  let end = Promise.resolve();
  let logStart = 0;
  const readLog = (): string => {
    try {
      return readFileSync(site.logFile, 'utf8');
    } catch {
      return '';
    }
  };
  return {
    site,
    get running() {
      return child !== undefined;
    },
    get paused() {
      return paused;
    },
    get ended() {
      return ended;
    },
    start(...more) {
      if (child) throw new Error(`member ${site.name} runs already`);
      logStart = readLog().length;
      const log = openSync(site.logFile, 'a');
      // nsenter becomes the program, so that its process id is the member's.
      const args = [`--net=/run/netns/${site.namespace}`, ...program, ...site.flags, ...more];
      const own = spawn('nsenter', args, { stdio: ['ignore', log, log], env: cleanEnvironment() });
      closeSync(log);
      child = own;
      ended = undefined;
      end = new Promise((resolve) =>
        own.once('exit', (code, signal) => {
          child = undefined;
          paused = false;
          ended = signal ?? `code ${code}`;
          resolve();
        }),
      );
    },
    stop(signal) {
      // A paused process takes SIGKILL; anything else only once it goes on.
      if (paused && signal !== 'SIGKILL') child?.kill('SIGCONT');
      child?.kill(signal);
      return end;
    },
    pause() {
      paused = child?.kill('SIGSTOP') ?? false;
    },
    resume() {
      child?.kill('SIGCONT');
      paused = false;
    },
    untilEnd: () => end,
    output: () => readLog().slice(logStart),
  };
}

/** Without what would make a start of Node slow, or a member listen elsewhere. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter(
    (name) => !['NODE_EXTRA_CA_CERTS', 'NODE_CHANNEL_FD', 'NODE_OPTIONS'].includes(name) && !name.startsWith('ETCD_'),
  );
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}
