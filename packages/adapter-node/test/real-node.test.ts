import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CriRuntime, createCriRuntime } from '@trireme/adapter-cri';
import { fromUtf8 } from '@trireme/base';
import { containerConfig, sandboxConfig } from '@trireme/testkit';
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

const host = await detectHost();
const verdict = judgeHost(host);
if (!verdict.ready) console.warn(`SKIPPED: real nodes cannot run here: ${verdict.reasons.join('; ')}`);

// Two nodes on one network, each with one pod; the container under test runs on the first. Tests go in order: the last
// one takes everything down.
interface Raised {
  readonly paths: NodePaths;
  readonly runtime: CriRuntime;
  readonly sandboxId: string;
  readonly podIp: string;
}
let home = '';
let plan: NodeNetworkPlan;
let allPaths: readonly NodePaths[] = [];
let one: Raised;
let two: Raised;
let containerId = '';

beforeAll(async () => {
  if (!verdict.ready) return;
  home = await mkdtemp(join(tmpdir(), 'trireme-node-'));
  const cluster = `test-${process.pid}`;
  allPaths = ['node-1', 'node-2'].map((node) => nodePaths({ cluster, node, home }));
  const nodes = allPaths.map(({ node, netns }) => ({ name: node, netns }));
  plan = nodeNetworkPlan({ cluster, nodes, ...chooseRanges(await hostRouteDestinations()) });
  await applyNetworkPlan(plan.steps);
  await applyNetworkPlan(plan.steps);
  const archive = await ensureBusyboxArchive({ directory: join(home, 'images'), busyboxPath: host.busybox ?? '' });
  [one, two] = (await Promise.all(allPaths.map((paths, index) => raise(paths, index, archive)))) as [Raised, Raised];
}, 60_000);

async function raise(paths: NodePaths, index: number, archive: string): Promise<Raised> {
  await prepareNode({ paths, host, podCidr: plan.nodes[index]?.podCidr ?? '' });
  const { pid } = await startContainerd(paths);
  expect((await startContainerd(paths)).pid).toBe(pid);
  await importImages(paths, archive, [defaultSandboxImage, ...busyboxNames]);
  await mustRun('ctr', ['-a', paths.socket, '-n', 'k8s.io', 'images', 'remove', busyboxNames[1]]);
  await importImages(paths, archive, [defaultSandboxImage, ...busyboxNames]);
  const runtime = createCriRuntime({ socketPath: paths.socket });
  const sandboxId = await runtime.runPodSandbox(sandboxOf(paths));
  return { paths, runtime, sandboxId, podIp: (await runtime.podSandboxStatus(sandboxId)).ips[0] ?? '' };
}

function sandboxOf(paths: NodePaths): ReturnType<typeof sandboxConfig> {
  return sandboxConfig('web', {
    logDirectory: join(home, 'logs', paths.node),
    cgroupParent: `${paths.cgroupParent}/kubepods/podtest`,
  });
}

afterAll(async () => {
  // What fails must not keep the rest from being removed.
  const failures: unknown[] = [];
  for (const raised of [one, two]) raised?.runtime.close();
  for (const paths of allPaths) await removeNode(paths, { purge: true }).catch((error) => failures.push(error));
  if (plan) await undoNetworkPlan(plan.undo).catch((error) => failures.push(error));
  if (home !== '') await rm(home, { recursive: true, force: true });
  expect(failures).toEqual([]);
}, 60_000);

const real = test.runIf(verdict.ready);

const exec = async (...command: readonly string[]): Promise<[string, number]> => {
  const { stdout, exitCode } = await one.runtime.execSync(containerId, command, 5);
  return [fromUtf8(stdout), exitCode];
};

real('a node is ready and knows the images made here', async () => {
  expect(await one.runtime.version()).toMatchObject({ name: 'containerd', apiVersion: 'v1' });
  expect(await one.runtime.status()).toMatchObject([
    { type: 'RuntimeReady', status: true },
    { type: 'NetworkReady', status: true },
  ]);
  expect((await one.runtime.imageStatus('busybox:1.36'))?.repoTags).toContain(busyboxNames[1]);
  expect(await one.runtime.imageStatus('nothing.invalid/x:1')).toBeUndefined();
  expect(await one.runtime.podSandboxStatus(one.sandboxId)).toMatchObject({ ready: true, networkMode: 'pod' });
  expect(one.podIp.split('.').slice(0, 3)).toEqual(plan.nodes[0]?.podCidr.split('.').slice(0, 3));
});

real('a container runs with its environment and limits, and logs in the format of CRI', async () => {
  const image = await one.runtime.imageStatus('busybox');
  const command = ['sh', '-c', 'echo out; echo err >&2; trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'];
  const config = containerConfig(image?.id ?? '', {
    command,
    envs: [{ key: 'GREETING', value: 'hello' }],
    resources: { memoryLimitBytes: 64 * 1024 * 1024, cpuShares: 100, cpuQuota: 50_000, cpuPeriod: 100_000 },
  });
  containerId = await one.runtime.createContainer(one.sandboxId, config, sandboxOf(one.paths));
  await one.runtime.startContainer(containerId);
  const running = { state: 'running', sandboxId: one.sandboxId, exitCode: 0 };
  expect(await one.runtime.containerStatus(containerId)).toMatchObject(running);
  expect(await exec('sh', '-c', 'echo $GREETING; exit 3')).toEqual(['hello\n', 3]);
  await expect(one.runtime.execSync(containerId, ['sleep', '9'], 1)).rejects.toMatchObject({ code: 'timeout' });

  const log = await readFile(join(home, 'logs', 'node-1', 'main', '0.log'), 'utf8');
  expect(log).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00) stdout F out$/m);
  expect(log).toMatch(/ stderr F err$/m);

  const { mode, mounts } = await readCgroupHierarchies();
  const tree = mode === 'v2' ? mounts[0] : mounts.find(({ controllers }) => controllers.includes('memory'));
  const group = join(tree?.path ?? '', one.paths.cgroupParent, 'kubepods/podtest', containerId);
  const limit = await readFile(join(group, mode === 'v2' ? 'memory.max' : 'memory.limit_in_bytes'), 'utf8');
  expect(Number(limit)).toBe(64 * 1024 * 1024);
});

real('pods reach each other, the nodes and the host, and nothing beyond', async () => {
  const ping = async (address = ''): Promise<number> => (await exec('ping', '-c1', '-W1', address))[1];
  expect(await ping(two.podIp)).toBe(0);
  expect(await ping(plan.nodes[1]?.address)).toBe(0);
  expect(await ping(plan.hostAddress)).toBe(0);
  expect(await ping('203.0.113.9')).toBe(1);
  const enter = [`--net=${one.paths.netnsPath}`, 'ip', 'route'];
  expect(await mustRun('nsenter', [...enter, 'show', 'default'])).toBe('');
  expect((await runCommand('nsenter', [...enter, 'get', '203.0.113.9'])).stderr).toContain('unreachable');
  // The host reaches nodes and pods by the bridge, and what nobody has not at all.
  expect(await mustRun('ip', ['route', 'get', two.podIp])).toContain(`dev ${plan.bridge}`);
  const nobody = one.podIp.replace(/\.\d+\.\d+$/, '.200.1');
  expect((await runCommand('ip', ['route', 'get', nobody])).stderr).toContain('No route to host');
  await expect(one.runtime.pullImage('registry.invalid/x:1')).rejects.toMatchObject({ code: 'registry-unavailable' });
});

real('the rules of an uplink are ones that nft takes, again and again', async () => {
  const ranges = { nodeCidr: '10.1.0.0/24', podCidr: '10.2.0.0/16', serviceCidr: '10.3.0.0/16' };
  const { steps } = nodeNetworkPlan({ cluster: 'uplink', nodes: [], uplink: true, ...ranges });
  const script = steps.flatMap((step) => (step.do === 'nft' ? [step.script] : [])).join('');
  // In a namespace of its own, which ends with the program.
  const listed = await mustRun('unshare', ['--net', 'sh', '-c', 'nft -f - && nft list ruleset'], {
    stdin: script + script,
  });
  expect(listed.match(/masquerade/g)?.length).toBe(1);
});

real('exec streams over WebSocket and SPDY, also in the version that this containerd does not know', async () => {
  const probe = join(import.meta.dirname, 'stream-probe.ts');
  const args = [`--net=${one.paths.netnsPath}`, process.execPath, probe, one.paths.socket, containerId];
  const answers = JSON.parse(await mustRun('nsenter', args));
  expect(answers.v4).toMatchObject({ status: 101, text: expect.stringContaining('from inside') });
  expect(answers.v5).toMatchObject({ status: 101, text: expect.stringContaining('from inside') });
  expect(answers.spdy).toEqual({ status: 101, text: 'v4.channel.k8s.io' });
});

real('containers go on while containerd is away, and calls come back by themselves', async () => {
  const { runtime, paths } = one;
  await stopContainerd(paths);
  await expect(runtime.listContainers()).rejects.toMatchObject({ code: 'unavailable' });
  await startContainerd(paths);
  const state = () => runtime.containerStatus(containerId).catch(() => undefined);
  await expect.poll(state, { timeout: 8000 }).toMatchObject({ state: 'running' });
  await runtime.stopContainer(containerId, 5);
  expect(await state()).toMatchObject({ state: 'exited', exitCode: 0, reason: 'Completed' });
  await runtime.removeContainer(containerId);
  await runtime.removeContainer(containerId);
  expect(await runtime.listContainers()).toEqual([]);
  for await (const _ of runtime.events?.(AbortSignal.timeout(2000)) ?? []) break;
});

/** What of a node is still on the host. */
async function remains({ paths, sandboxId }: Raised): Promise<readonly string[]> {
  const processes = await listProcesses();
  const { mounts } = await readCgroupHierarchies();
  const results = await readdir('/var/lib/cni/results').catch(() => []);
  return [
    ...[...containerdOf(processes, paths), ...shimsOf(processes, paths)].map(({ argv }) => argv.join(' ')),
    ...(await mountPoints()).filter((point) => point.startsWith(paths.state) || point.startsWith(paths.root)),
    ...mounts.map(({ path }) => join(path, paths.cgroupParent)).filter(existsSync),
    ...results.filter((name) => name.includes(paths.cniNetwork) || name.includes(sandboxId)),
    ...[paths.state, paths.root].filter(existsSync),
  ];
}

real('a node is removed whole, twice, and the other one keeps all it has', async () => {
  const sockets = await shimSockets(one.paths);
  expect([sockets.length, shimsOf(await listProcesses(), one.paths).length]).toEqual([1, 1]);
  await removeNode(one.paths, { purge: true });
  await removeNode(one.paths, { purge: true });
  expect(await remains(one)).toEqual([]);
  expect(sockets.filter(existsSync)).toEqual([]);
  expect(await two.runtime.podSandboxStatus(two.sandboxId)).toMatchObject({ ready: true });

  // The second one after a crash: its containerd was killed, its shim lives on.
  for (const { pid } of containerdOf(await listProcesses(), two.paths)) process.kill(pid, 'SIGKILL');
  await removeNode(two.paths, { purge: true });
  expect(await remains(two)).toEqual([]);
  await undoNetworkPlan(plan.undo);
  await undoNetworkPlan(plan.undo);
  const places = [`/sys/class/net/${plan.bridge}`, ...allPaths.map(({ netnsPath }) => netnsPath)];
  expect(places.filter(existsSync)).toEqual([]);
});
