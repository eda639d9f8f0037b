import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { applyHello, clusterName, eventually, getJson, kubectl, mustKubectl, run, start, trireme } from './run.ts';

interface Status {
  readonly members: readonly { readonly state: string }[];
  readonly processes: readonly { readonly name: string; readonly pid?: number; readonly state: string }[];
}

const statusOf = async (name: string): Promise<Status> =>
  JSON.parse((await trireme(['status', '--name', name, '-o', 'json'])).stdout) as Status;

describe.skipIf(process.env.E2E_SKIP)('the life of a cluster', () => {
  it('up is safe to repeat', async () => {
    const again = await trireme(['up', '--name', clusterName], { timeoutMs: 120_000 });
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain('they were running');
    const other = await trireme(['up', '--name', clusterName, '--members', '5']);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('--members 5 (it has 3)');
  });

  it('after kill -9 of everything, up brings back the same cluster with its data', async () => {
    await applyHello();
    await mustKubectl(['create', 'configmap', 'kept', '--from-literal=word=still here']);
    const pids = (await statusOf(clusterName)).processes.flatMap((process) => (process.pid ? [process.pid] : []));
    expect(pids.length).toBeGreaterThanOrEqual(12);
    // The first is the one that would start the others again.
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    expect((await kubectl(['get', 'nodes', '--request-timeout=2s'])).code).not.toBe(0);
    const up = await trireme(['up', '--name', clusterName], { timeoutMs: 180_000 });
    expect(up.code, up.stderr).toBe(0);
    expect((await getJson<{ data: object }>('configmap', 'kept')).data).toEqual({ word: 'still here' });
    await eventually('the pods are ready again', 90_000, async () => {
      const { status } = await getJson<{ status: { readyReplicas?: number } }>('deployment', 'hello');
      return status.readyReplicas === 3 ? true : undefined;
    });
  });

  it('the first member loses its folder and joins its own cluster again instead of making another', async () => {
    const folder = join(dirname(process.env.E2E_KUBECONFIG ?? ''), 'members', '1');
    const { processes } = await statusOf(clusterName);
    const pid = processes.find((process) => process.name === 'server-1')?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true });
    await eventually('all members are ready again', 60_000, async () => {
      const { members } = await statusOf(clusterName);
      return existsSync(folder) && members.every(({ state }) => state === 'ready') ? true : undefined;
    });
    expect((await getJson<{ data: object }>('configmap', 'kept')).data).toEqual({ word: 'still here' });
  });

  it('down ends every process, and up brings the data back', async () => {
    const down = await trireme(['down', '--name', clusterName], { timeoutMs: 120_000 });
    expect(down.code, down.stderr).toBe(0);
    expect((await statusOf(clusterName)).processes.filter((process) => process.state === 'running')).toEqual([]);
    const namespaces = await run('ip', ['netns', 'list']);
    expect(namespaces.stdout).not.toContain(`trireme-${clusterName}-`);
    const up = await trireme(['up', '--name', clusterName], { timeoutMs: 180_000 });
    expect(up.code, up.stderr).toBe(0);
    expect((await getJson<{ data: object }>('configmap', 'kept')).data).toEqual({ word: 'still here' });
  });

  it('another cluster, simulated, lives beside it, and a member and a node join it by hand', {
    timeout: 240_000,
  }, async () => {
    const name = 'e2e-second';
    const folder = mkdtempSync(join(tmpdir(), 'trireme-join-'));
    const started: ChildProcess[] = [];
    onTestFinished(async () => {
      // Asked, not killed: a server takes what it keeps beside itself along.
      for (const process of started) {
        process.kill('SIGTERM');
        await once(process, 'exit');
      }
      await trireme(['down', '--purge', '--name', name], { timeoutMs: 60_000 });
      rmSync(folder, { recursive: true, force: true });
    });
    const up = await trireme(['up', '--name', name, '--members', '1', '--nodes', '1', '--runtime', 'simulated'], {
      timeoutMs: 120_000,
    });
    expect(up.code, up.stderr).toBe(0);
    expect(up.stderr).toContain('nothing really runs');
    const second = async (...args: readonly string[]): Promise<string> => {
      const done = await trireme(['kubectl', '--name', name, ...args]);
      if (done.code !== 0) throw new Error(done.stderr);
      return done.stdout;
    };
    await second('create', 'deployment', 'web', '--image=nginx', '--replicas=2');
    await second('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect(await second('get', 'pods', '-o', 'wide')).toMatch(/web-\w+-\w+\s+1\/1\s+Running/);

    const lines = (await trireme(['token', '--name', name])).stdout.trim().split('\n');
    expect(lines).toHaveLength(2);
    const [serverLine = '', agentLine = ''] = lines;
    const words = (line: string): string[] => line.replace('./trireme ', '').split(' ');
    const peers = [
      '--listen',
      '127.0.0.1:16443',
      '--peer-listen',
      '127.0.0.1:16380',
      '--advertise-address',
      '127.0.0.1',
    ];
    started.push(
      start('./trireme', [...words(serverLine), '--name', 'by-hand', '--data-dir', join(folder, 'server'), ...peers]),
    );
    const node = [
      '--node-name',
      'hand-made',
      '--node-ip',
      '127.0.0.1',
      '--kubelet-port',
      '0',
      '--runtime',
      'simulated',
    ];
    started.push(start('./trireme', [...words(agentLine), '--data-dir', join(folder, 'agent'), ...node]));
    await eventually('the node is Ready', 60_000, async () =>
      (await second('get', 'nodes')).match(/hand-made\s+Ready/) ? true : undefined,
    );
    // The new member serves the same objects, from its own copy.
    const answer = await eventually('the member serves', 60_000, async () => {
      const done = await trireme([
        'kubectl',
        '--name',
        name,
        '--server',
        'https://127.0.0.1:16443',
        'get',
        'deployment',
        'web',
      ]);
      return done.code === 0 ? done.stdout : undefined;
    });
    expect(answer).toContain('web');
  });
});
