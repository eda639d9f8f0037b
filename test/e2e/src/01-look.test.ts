import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clusterName, eventually, kubectl, mustKubectl, startKubectl, trireme } from './run.ts';

describe.skipIf(process.env.E2E_SKIP)('looking at the cluster', () => {
  it('cluster-info names the control plane', async () => {
    expect(await mustKubectl(['cluster-info'])).toMatch(
      /Kubernetes control plane.* is running at .*https:\/\/127\.0\.0\.1:\d+/,
    );
  });

  it('get nodes -o wide shows two ready nodes on containerd', async () => {
    const lines = (await mustKubectl(['get', 'nodes', '-o', 'wide'])).trim().split('\n');
    expect(lines[0]).toMatch(
      /^NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION\s+INTERNAL-IP\s+EXTERNAL-IP\s+OS-IMAGE\s+KERNEL-VERSION\s+CONTAINER-RUNTIME/,
    );
    expect(lines).toHaveLength(3);
    for (const line of lines.slice(1)) expect(line).toMatch(/^node-\d\s+Ready\s.*containerd:\/\/\d/);
  });

  it('get ns, as a table and as JSON', async () => {
    const table = await mustKubectl(['get', 'ns']);
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
      expect(table).toMatch(new RegExp(`^${name}\\s+Active`, 'm'));
    }
    const list = JSON.parse(await mustKubectl(['get', 'ns', '-o', 'json'])) as {
      kind: string;
      items: { kind: string }[];
    };
    expect(list.kind).toBe('List');
    expect(list.items.every((item) => item.kind === 'Namespace')).toBe(true);
  });

  it('api-resources lists short names and groups', async () => {
    const table = await mustKubectl(['api-resources']);
    expect(table).toMatch(/^pods\s+po\s+v1\s+true\s+Pod$/m);
    expect(table).toMatch(/^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m);
    expect(table).toMatch(/^endpointslices\s+discovery\.k8s\.io\/v1\s+true\s+EndpointSlice$/m);
  });

  it('explain describes a field with its type', async () => {
    const text = await mustKubectl(['explain', 'pod.spec.containers']);
    expect(text).toMatch(/KIND:\s+Pod/);
    expect(text).toMatch(/FIELD: containers <\[\]Container>/);
    expect(text).toMatch(/image\s+<string>/);
    expect(text).toMatch(/livenessProbe\s+<Probe>/);
  });

  it('config view shows one server and hides the keys', async () => {
    const text = await mustKubectl(['config', 'view']);
    expect(text).toMatch(/server: https:\/\/127\.0\.0\.1:\d+/);
    expect(text).toContain('DATA+OMITTED');
  });

  it('auth can-i answers for the administrator and for nobody', async () => {
    expect((await mustKubectl(['auth', 'can-i', 'create', 'pods'])).trim()).toBe('yes');
    const nobody = await kubectl(['auth', 'can-i', 'list', 'secrets', '--as', 'nobody']);
    expect([nobody.code, nobody.stdout.trim()]).toEqual([1, 'no']);
    expect(await mustKubectl(['auth', 'whoami'])).toContain('kubernetes-admin');
  });

  it('version is new enough for this kubectl', async () => {
    const version = JSON.parse(await mustKubectl(['version', '-o', 'json'])) as {
      serverVersion: { gitVersion: string };
    };
    expect(version.serverVersion.gitVersion).toMatch(/^v1\.36\./);
  });

  it('status shows the members, one leader, and every process', async () => {
    const status = JSON.parse((await trireme(['status', '--name', clusterName, '-o', 'json'])).stdout) as {
      members: { state: string; leader: boolean; term: number; revision: number; dataBytes: number }[];
      nodes: { ready: boolean }[];
      processes: { name: string; state: string; pid: number; memoryBytes: number; restarts: number }[];
    };
    expect(status.members.map((member) => member.state)).toEqual(['ready', 'ready', 'ready']);
    expect(status.members.filter((member) => member.leader)).toHaveLength(1);
    expect(status.members.every((member) => member.term > 0 && member.revision > 1)).toBe(true);
    expect(status.nodes.map((node) => node.ready)).toEqual([true, true]);
    expect(
      status.processes.filter((process) => process.state === 'running' && process.pid > 0).length,
    ).toBeGreaterThanOrEqual(12);
  });

  it('logs prints what a part of a member or node said', async () => {
    const server = await trireme(['logs', 'apiserver', '--member', '2', '--name', clusterName]);
    expect(server.stdout).toContain('INFO  ready');
    const containerd = await trireme(['logs', 'containerd', '--node', '2', '--tail', '3', '--name', clusterName]);
    expect(containerd.stdout.trim().split('\n')).toHaveLength(3);
    const nothing = await trireme(['logs', 'kitchen', '--name', clusterName]);
    expect([nothing.code, nothing.stderr]).toEqual([
      1,
      expect.stringContaining('there is no part "kitchen". Parts: up, server,'),
    ]);
  });

  it('proxy serves the API without credentials on loopback', async () => {
    const proxy = startKubectl(['proxy', '--port', '0']);
    onTestFinished(() => void proxy.kill());
    let printed = '';
    proxy.stdout?.on('data', (text) => {
      printed += text;
    });
    const port = await eventually('kubectl proxy', 20_000, async () => /127\.0\.0\.1:(\d+)/.exec(printed)?.[1]);
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/namespaces/default`);
    expect(((await answer.json()) as { kind: string }).kind).toBe('Namespace');
    proxy.kill();
    await once(proxy, 'exit');
  });
});
