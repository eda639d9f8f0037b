import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { invariant } from '@trireme/base';
import { type Logger, sleep, type Time } from '@trireme/ports';
import { isAlive, signal, startMarkOf } from './process-identity.ts';
import { type ProcessSpec, type ProcessState, readProcessTable, writeProcessTable } from './process-table.ts';
import { countQuickDeaths, restartDelayMs } from './restart-delay.ts';

/**
 * Keeps processes running: one that dies is started again with backoff. They do not die with their supervisor: a later
 * supervisor with the same table adopts those that still run, so its own restart disturbs nothing.
 */
export interface Supervisor {
  /** Adopts or starts it. A name that is already there is left alone. */
  keep(spec: ProcessSpec): void;
  /** The same; with what command it starts is asked anew each time, for processes whose start depends on what there is. */
  keepAs(name: string, specNow: () => ProcessSpec): void;
  states(): readonly ProcessState[];
  /** Ends the processes, all at once: SIGTERM, then SIGKILL after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  /** Lets go of the processes and leaves them running. */
  release(): void;
}

export interface SupervisorDeps {
  readonly time: Time;
  readonly logger: Logger;
}

const adoptedPollMs = 250;

/** `tableFile` is where `status` and the next supervisor find the processes. */
export function createSupervisor(deps: SupervisorDeps, options: { readonly tableFile: string }): Supervisor {
  const ownMark = startMarkOf(process.pid);
  invariant(ownMark, 'a running process has a start mark');
  const startedAtMs = deps.time.now();
  const before = new Map((readProcessTable(options.tableFile)?.processes ?? []).map((state) => [state.name, state]));
  const kept = new Map<string, { readonly specNow: () => ProcessSpec; state: ProcessState }>();
  let ending = false;
  // Kept processes are let go of, so nothing else would keep this one alive while it has nothing to do.
  const alive = setInterval(() => undefined, 3_600_000);

  const record = (name: string, state: ProcessState): void => {
    const entry = kept.get(name);
    invariant(entry, `${name} is not kept here`);
    entry.state = state;
    writeTable();
  };
  const writeTable = (): void => {
    mkdirSync(dirname(options.tableFile), { recursive: true });
    writeProcessTable(options.tableFile, {
      supervisor: { pid: process.pid, startMark: ownMark, startedAtMs },
      processes: [...kept.values()].map((entry) => entry.state),
    });
  };

  const start = (spec: ProcessSpec, state: ProcessState): void => {
    if (ending) return;
    mkdirSync(dirname(spec.logFile), { recursive: true });
    const log = openSync(spec.logFile, 'a', 0o640);
    const child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...spec.env },
    });
    closeSync(log);
    const startedMs = deps.time.monotonic();
    let ended = false;
    const onEnd = (lastEnd: string): void => {
      if (ended) return;
      ended = true;
      onDeath(spec, lastEnd, deps.time.monotonic() - startedMs);
    };
    child.once('error', (error) => onEnd(`cannot start: ${error.message}`));
    child.once('exit', (code, signalName) => onEnd(signalName ?? `exit ${code}`));
    child.unref();
    const pid = child.pid;
    const startMark = pid && startMarkOf(pid);
    if (!pid || !startMark) return;
    const running = { name: spec.name, pid, startMark, startedAtMs: deps.time.now(), logFile: spec.logFile } as const;
    record(spec.name, { ...state, ...running, state: 'running' });
  };

  const onDeath = (spec: ProcessSpec, lastEnd: string, livedMs: number): void => {
    const entry = kept.get(spec.name);
    if (!entry) return;
    const { state, specNow } = entry;
    const quickDeaths = countQuickDeaths(state.quickDeaths, livedMs);
    const dead: ProcessState = {
      name: spec.name,
      logFile: spec.logFile,
      restarts: ending ? state.restarts : state.restarts + 1,
      quickDeaths,
      lastEnd,
      state: ending ? 'stopped' : 'waiting',
    };
    record(spec.name, dead);
    if (ending) return;
    const delayMs = restartDelayMs(quickDeaths);
    deps.logger.log('warn', 'process ended, starting it again', { process: spec.name, lastEnd, delayMs });
    deps.time.after(delayMs, () => start(specNow(), dead));
  };

  const watchAdopted = async (spec: ProcessSpec, pid: number, startMark: string): Promise<void> => {
    const sinceMs = deps.time.monotonic();
    while (isAlive(pid, startMark)) await sleep(deps.time, adoptedPollMs);
    onDeath(spec, 'gone', deps.time.monotonic() - sinceMs);
  };

  return {
    keep(spec) {
      this.keepAs(spec.name, () => spec);
    },
    keepAs(name, specNow) {
      if (kept.has(name)) return;
      const spec = specNow();
      const known = before.get(name);
      const { logFile } = spec;
      const fresh: ProcessState = { name, state: 'waiting', restarts: 0, quickDeaths: 0, logFile };
      kept.set(name, { specNow, state: fresh });
      if (known?.pid && known.startMark && isAlive(known.pid, known.startMark)) {
        deps.logger.log('info', 'adopted running process', { process: name, pid: known.pid });
        record(name, known);
        void watchAdopted(spec, known.pid, known.startMark);
      } else start(spec, fresh);
    },
    states: () => [...kept.values()].map((entry) => entry.state),
    async stop(graceMs = 10_000) {
      ending = true;
      clearInterval(alive);
      const states = [...kept.values()].map((entry) => entry.state);
      await Promise.all(
        states.map(async ({ pid, startMark }) => {
          if (pid && startMark && isAlive(pid, startMark)) await endProcess(deps.time, pid, startMark, graceMs);
        }),
      );
      for (const [name, { state }] of kept) record(name, { ...state, state: 'stopped' });
    },
    release() {
      ending = true;
      clearInterval(alive);
    },
  };
}

/** SIGTERM, and SIGKILL for what is still there after `graceMs`. Resolves when it is gone. */
export async function endProcess(time: Time, pid: number, startMark: string, graceMs: number): Promise<void> {
  signal(pid, 'SIGTERM');
  const deadlineMs = time.monotonic() + graceMs;
  while (isAlive(pid, startMark) && time.monotonic() < deadlineMs) await sleep(time, 20);
  if (!isAlive(pid, startMark)) return;
  signal(pid, 'SIGKILL');
  while (isAlive(pid, startMark)) await sleep(time, 10);
}
