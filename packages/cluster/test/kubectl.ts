import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The kubectl that the environment variable KUBECTL names, else the one on PATH; undefined where there is none. */
export function findKubectl(): string | undefined {
  const path = process.env.KUBECTL || 'kubectl';
  return spawnSync(path, ['version', '--client'], { timeout: 20_000 }).status === 0 ? path : undefined;
}

/** kubectl with a kubeconfig of its own, and nothing of the machine's. */
export interface Kubectl {
  (args: readonly string[], input?: string): Promise<string>;
  close(): void;
}

export function createKubectl(path: string, kubeconfig: string): Kubectl {
  const home = mkdtempSync(join(tmpdir(), 'cluster-from-code-'));
  const file = join(home, 'kubeconfig');
  writeFileSync(file, kubeconfig, { mode: 0o600 });
  const env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: file };
  const kubectl = async (args: readonly string[], input = ''): Promise<string> => {
    const running = run(path, [...args], { env, timeout: 30_000 });
    running.child.stdin?.end(input);
    return (await running).stdout;
  };
  return Object.assign(kubectl, { close: () => rmSync(home, { recursive: true, force: true }) });
}
