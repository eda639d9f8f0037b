import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GuideStep, masked, stepsOf } from './guide.ts';

const root = join(import.meta.dirname, '../../..');
const guide = join(root, 'docs/guides/store-backup.md');
const steps = stepsOf(readFileSync(guide, 'utf8'));
const withEtcd = 'A store alone, and etcd';

function hasEtcdctl(): boolean {
  if (spawnSync('etcdctl', ['version']).error === undefined) return true;
  console.error(`\n*** "${withEtcd}" is SKIPPED: etcdctl is not found. Install etcd-client. ***\n`);
  return false;
}

/** One shell for all steps, as a reader has one: what a step defines the next ones see. */
interface Shell {
  run(commands: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  end(): void;
}

function startShell(directory: string): Shell {
  const child: ChildProcess = spawn('bash', ['--norc'], {
    cwd: directory,
    env: { ...process.env, HOME: directory, TRIREME_HOME: join(directory, '.trireme') },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that what the guide leaves running ends with it.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    async run(commands) {
      stdout = '';
      stderr = '';
      const end = /\n?--end (\d+)--\n$/;
      // Each line has to succeed, not only the last one.
      writeFileSync(join(directory, 'step.sh'), `${commands}\n`);
      // What is run must not read the lines that follow it.
      child.stdin?.write(
        "failed=0; trap 'failed=$?' ERR; . ./step.sh </dev/null; trap - ERR; printf '\\n--end %s--\\n' $failed\n",
      );
      for (;;) {
        const match = end.exec(stdout);
        if (match) return { code: Number(match[1]), stdout: stdout.slice(0, match.index), stderr };
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`the shell is gone: ${stdout}${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    end() {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    },
  };
}

function follow(chosen: readonly GuideStep[]): void {
  let shell: Shell;
  let directory: string;
  let broken = false;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'store-backup-guide-'));
    symlinkSync(process.env.TRIREME_PROGRAM ?? join(root, 'trireme'), join(directory, 'trireme'));
    shell = startShell(directory);
  });
  afterAll(async () => {
    if (existsSync(join(directory, '.trireme/demo'))) await shell.run('./trireme down --purge --name demo');
    shell.end();
    rmSync(directory, { recursive: true, force: true });
  });
  for (const { section, line, commands, prints } of chosen) {
    it(`line ${line}, ${section || 'at the beginning'}`, { timeout: 180_000 }, async () => {
      expect(broken, 'a step before this one failed').toBe(false);
      broken = true;
      const { code, stdout, stderr } = await shell.run(commands);
      expect(code, `${commands}\n${stdout}${stderr}`).toBe(0);
      if (prints !== undefined) expect(masked(stdout)).toBe(masked(prints));
      broken = false;
    });
  }
}

// TRIREME_PROGRAM: another program than this checkout's to follow the guide with.
describe('the guide to backups of a cluster', () => follow(steps.filter(({ section }) => section !== withEtcd)));

describe.runIf(hasEtcdctl())('the guide to backups of a store alone', () =>
  follow(steps.filter(({ section }) => section === withEtcd)),
);
