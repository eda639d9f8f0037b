import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemTime } from '@trireme/adapter-system';
import { silentLogger } from '@trireme/ports';
import { afterEach, expect, it, vi } from 'vitest';
import { isAlive, startMarkOf } from './process-identity.ts';
import { readProcessTable } from './process-table.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

const folders: string[] = [];
const supervisors: Supervisor[] = [];

afterEach(async () => {
  for (const supervisor of supervisors.splice(0)) await supervisor.stop(500);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function raise(folder = mkdtempSync(join(tmpdir(), 'trireme-supervisor-'))) {
  folders.push(folder);
  const tableFile = join(folder, 'table.json');
  const supervisor = createSupervisor({ time: createSystemTime(), logger: silentLogger }, { tableFile });
  supervisors.push(supervisor);
  const spec = { name: 'sleeper', command: 'sleep', args: ['600'], logFile: join(folder, 'sleeper.log') };
  const state = () => supervisor.states()[0];
  return { folder, tableFile, supervisor, spec, state };
}

it('starts a process, starts it again when it dies, and says so in its table', async () => {
  const { supervisor, spec, state, tableFile } = raise();
  supervisor.keep(spec);
  const first = state()?.pid ?? 0;
  expect(startMarkOf(first)).toBe(state()?.startMark);
  process.kill(first, 'SIGKILL');
  await vi.waitFor(() => expect(state()).toMatchObject({ state: 'running', restarts: 1, lastEnd: 'SIGKILL' }), 5000);
  expect(state()?.pid).not.toBe(first);
  expect(readProcessTable(tableFile)?.processes[0]).toEqual(state());
});

it('asks anew how to start a process that died', async () => {
  const { supervisor, spec, state } = raise();
  let seconds = 600;
  supervisor.keepAs(spec.name, () => ({ ...spec, args: [String(seconds)] }));
  const argsOf = (pid = 0): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  await vi.waitFor(() => expect(argsOf(state()?.pid)).toBe('sleep 600'), 5000);
  seconds = 700;
  process.kill(state()?.pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(state()).toMatchObject({ state: 'running', restarts: 1 }), 5000);
  await vi.waitFor(() => expect(argsOf(state()?.pid)).toBe('sleep 700'), 5000);
});

it('adopts what a supervisor before it left running, and notices its end', async () => {
  const before = raise();
  before.supervisor.keep(before.spec);
  const pid = before.state()?.pid ?? 0;
  before.supervisor.release();
  const after = raise(before.folder);
  after.supervisor.keep(after.spec);
  expect(after.state()).toMatchObject({ state: 'running', pid, restarts: 0 });
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect(after.state()).toMatchObject({ state: 'running', restarts: 1 }), 5000);
});

it('ends all it keeps, and a process that does not listen is killed', async () => {
  const { supervisor, spec, state } = raise();
  supervisor.keep({ ...spec, command: 'sh', args: ['-c', 'trap "" TERM; while :; do sleep 0.1; done'] });
  const { pid = 0, startMark = '' } = state() ?? {};
  await new Promise((resolve) => setTimeout(resolve, 100));
  await supervisor.stop(200);
  expect(isAlive(pid, startMark)).toBe(false);
  expect(state()?.state).toBe('stopped');
});

it('says why a program cannot be started', async () => {
  const { supervisor, spec, state } = raise();
  supervisor.keep({ ...spec, command: '/no/such/program' });
  await vi.waitFor(() => expect(state()?.lastEnd).toMatch(/cannot start: .*ENOENT/), 5000);
});
