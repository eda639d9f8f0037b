import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCriRuntime } from '@trireme/adapter-cri';
import { fromUtf8 } from '@trireme/base';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  applyNetworkPlan,
  busyboxNames,
  chooseRanges,
  containerdOf,
  defaultSandboxImage,
  detectHost,
  ensureBusyboxArchive,
  hostRouteDestinations,
  importImages,
  judgeHost,
  listProcesses,
  type NodeNetworkPlan,
  type NodePaths,
  nodeNetworkPlan,
  nodePaths,
  prepareNode,
  readCgroupHierarchies,
  removeNode,
  shimsOf,
  startContainerd,
  stopContainerd,
  undoNetworkPlan,
} from '../src/index.ts';
import { mountPoints } from '../src/mounts.ts';
import { shimSockets } from '../src/remove-node.ts';
import { mustRun, runCommand } from '../src/run-command.ts';
import { containerConfig, sandboxConfig } from './configs.ts';

const host = await detectHost();
const verdict = judgeHost(host);
if (!verdict.ready) console.warn(`SKIPPED: real nodes cannot run here: ${verdict.reasons.join('; ')}`);

let home = '';
let paths: NodePaths;
let plan: NodeNetworkPlan;
const sandboxIds: string[] = [];

beforeAll(async () => {
  if (!verdict.ready) return;
  home = await mkdtemp(join(tmpdir(), 'trireme-node-'));
  const cluster = `test-${process.pid}`;
  paths = nodePaths({ cluster, node: 'node-1', home });
  plan = nodeNetworkPlan({
    cluster,
    nodes: [
      { name: 'node-1', netns: paths.netns },
      { name: 'node-2', netns: `${paths.netns}-other` },
    ],
    ...chooseRanges(await hostRouteDestinations()),
  });
});

afterAll(async () => {
  if (!verdict.ready) return;
  // What fails must not keep the rest from being removed.
  const cleanups = [
    () => removeNode(paths, { purge: true }),
    () => undoNetworkPlan(plan.undo),
    () => rm(home, { recursive: true, force: true }),
  ];
  const failures: unknown[] = [];
  for (const cleanup of cleanups) await cleanup().catch((error: unknown) => failures.push(error));
  expect(failures).toEqual([]);
});

/** What of the node is still on the host. */
async function remains(): Promise<readonly string[]> {
  const processes = await listProcesses();
  const { mounts } = await readCgroupHierarchies();
  const cniResults = (await readdir('/var/lib/cni/results').catch(() => [])).filter((name) =>
    name.includes(paths.netns),
  );
  const found = [
    ...containerdOf(processes, paths).map(({ pid }) => `containerd ${pid}`),
    ...shimsOf(processes, paths).map(({ pid }) => `shim ${pid}`),
    ...(await mountPoints()).filter((point) => point.includes(paths.cluster) || point.startsWith(home)),
    ...mounts.map(({ path }) => join(path, paths.cgroupParent)),
    paths.state,
    paths.netnsPath,
    ...cniResults.map((name) => join('/var/lib/cni/results', name)),
    `/sys/class/net/${plan.bridge}`,
  ];
  return found.filter((each) => !each.startsWith('/') || existsSync(each));
}

test.runIf(verdict.ready)(
  'the network of nodes goes up twice, carries, has no way out, and leaves no trace',
  async () => {
    await applyNetworkPlan(plan.steps);
    await applyNetworkPlan(plan.steps);
    const [one, two] = plan.nodes;
    const inOne = (...args: string[]) => runCommand('nsenter', [`--net=${paths.netnsPath}`, ...args]);
    expect((await inOne(host.busybox ?? '', 'ping', '-c1', '-W1', two?.address ?? '')).code).toBe(0);
    expect((await inOne('ip', 'route', 'show', 'default')).stdout).toBe('');
    expect((await inOne('ip', 'route', 'get', '203.0.113.9')).stderr).toContain('unreachable');
    expect(await mustRun('ip', ['route', 'get', one?.address ?? ''])).toContain(`dev ${plan.bridge}`);
    const unused = plan.nodes[0]?.podCidr.replace(/\.0\.0\/24$/, '.200.1') ?? '';
    expect((await runCommand('ip', ['route', 'get', unused])).stderr).toContain('No route to host');
  },
);

test.runIf(verdict.ready)(
  'a node runs containers, survives its containerd, and is removed whole',
  { timeout: 60_000 },
  async () => {
    await applyNetworkPlan(plan.steps);
    const podCidr = plan.nodes[0]?.podCidr ?? '';
    await prepareNode({ paths, host, podCidr });
    const { pid } = await startContainerd(paths);
    expect((await startContainerd(paths)).pid).toBe(pid);
    const archive = await ensureBusyboxArchive({ directory: join(home, 'images'), busyboxPath: host.busybox ?? '' });
    await importImages(paths, archive, [defaultSandboxImage, ...busyboxNames]);

    const runtime = createCriRuntime({ socketPath: paths.socket });
    try {
      expect(await runtime.version()).toMatchObject({ name: 'containerd', apiVersion: 'v1' });
      expect((await runtime.status()).map(({ type, status }) => `${type} ${status}`)).toEqual([
        'RuntimeReady true',
        'NetworkReady true',
      ]);
      const image = await runtime.imageStatus('busybox:1.36');
      expect(image?.repoTags).toContain('docker.io/library/busybox:1.36');
      expect(await runtime.imageStatus('nothing.invalid/x:1')).toBeUndefined();

      const sandbox = sandboxConfig('web', {
        logDirectory: join(home, 'logs'),
        cgroupParent: `${paths.cgroupParent}/kubepods/podtest`,
      });
      const sandboxId = await runtime.runPodSandbox(sandbox);
      sandboxIds.push(sandboxId);
      const status = await runtime.podSandboxStatus(sandboxId);
      expect(status).toMatchObject({ ready: true, networkMode: 'pod' });
      expect(status.ips[0]).toMatch(new RegExp(`^${podCidr.replace('.0/24', '')}\\.\\d+$`));

      const command = ['sh', '-c', 'echo out; echo err >&2; trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'];
      const config = containerConfig(image?.id ?? '', {
        command,
        envs: [{ key: 'GREETING', value: 'hello' }],
        resources: { memoryLimitBytes: 64 * 1024 * 1024, cpuShares: 100, cpuQuota: 50_000, cpuPeriod: 100_000 },
      });
      const id = await runtime.createContainer(sandboxId, config, sandbox);
      await runtime.startContainer(id);
      expect(await runtime.containerStatus(id)).toMatchObject({ state: 'running', sandboxId, exitCode: 0 });

      const exec = await runtime.execSync(id, ['sh', '-c', 'echo $GREETING; exit 3'], 5);
      expect([fromUtf8(exec.stdout), exec.exitCode]).toEqual(['hello\n', 3]);
      await expect(runtime.execSync(id, ['sleep', '9'], 1)).rejects.toMatchObject({ code: 'timeout' });
      const log = await readFile(join(home, 'logs', 'main', '0.log'), 'utf8');
      expect(log).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00) stdout F out$/m);
      expect(log).toMatch(/ stderr F err$/m);

      // Limits hold, and the node's groups are under its own parent.
      const { mode, mounts } = await readCgroupHierarchies();
      const tree = mode === 'v2' ? mounts[0] : mounts.find(({ controllers }) => controllers.includes('memory'));
      const limitFile = mode === 'v2' ? 'memory.max' : 'memory.limit_in_bytes';
      const group = join(tree?.path ?? '', paths.cgroupParent, 'kubepods/podtest', id);
      expect(Number(await readFile(join(group, limitFile), 'utf8'))).toBe(64 * 1024 * 1024);

      // Without an uplink no registry can be reached, and nothing tries for long.
      await expect(runtime.pullImage('registry.invalid/x:1')).rejects.toMatchObject({ code: 'registry-unavailable' });

      // Pods reach other nodes and the host's own address, and nothing beyond.
      const ping = async (address = '') => (await runtime.execSync(id, ['ping', '-c1', '-W1', address], 5)).exitCode;
      expect([await ping(plan.nodes[1]?.address), await ping(plan.hostAddress), await ping('203.0.113.9')]).toEqual([
        0, 0, 1,
      ]);

      const probe = join(import.meta.dirname, 'stream-probe.ts');
      const probing = [`--net=${paths.netnsPath}`, process.execPath, probe, paths.socket, id];
      const answers = JSON.parse(await mustRun('nsenter', probing));
      expect(answers.v4).toMatchObject({ status: 101, text: expect.stringContaining('from inside') });
      // containerd before 2.0 knows no v5. What is not a 101 makes kubectl fall back to SPDY, which it takes.
      expect(answers.v5.status === 101 || answers.v5.status >= 400).toBe(true);
      expect(answers.spdy).toEqual({ status: 101, text: 'v4.channel.k8s.io' });

      // The runtime dies: containers go on, calls fail and come back by themselves.
      await stopContainerd(paths);
      await expect(runtime.listContainers()).rejects.toMatchObject({ code: 'unavailable' });
      await startContainerd(paths);
      await expect
        .poll(() => runtime.containerStatus(id).catch(() => undefined), { timeout: 5000 })
        .toMatchObject({ state: 'running' });

      await runtime.stopContainer(id, 5);
      expect(await runtime.containerStatus(id)).toMatchObject({ state: 'exited', exitCode: 0, reason: 'Completed' });
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      expect(await runtime.listContainers()).toEqual([]);
      for await (const _ of runtime.events?.(AbortSignal.timeout(2000)) ?? []) break;
    } finally {
      runtime.close();
    }

    // The sandbox still runs, and containerd is there: all of it must go.
    const shims = shimsOf(await listProcesses(), paths);
    expect(shims.length).toBe(1);
    const sockets = await shimSockets(paths);
    expect(sockets.length).toBe(1);
    await removeNode(paths, { purge: true });
    await removeNode(paths, { purge: true });
    await undoNetworkPlan(plan.undo);
    await undoNetworkPlan(plan.undo);
    expect(await remains()).toEqual([]);
    expect(sockets.filter((path) => existsSync(path))).toEqual([]);
  },
);
