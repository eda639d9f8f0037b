import { status } from '@grpc/grpc-js';
import { containerConfig, sandboxConfig } from '@trireme/testkit';
import { afterEach, expect, test } from 'vitest';
import { type Answer, createFakeCriServer, type FakeCriServer } from '../test/fake-cri-server.ts';
import { type CriRuntime, createCriRuntime } from './cri-runtime.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function setup(
  answers: Readonly<Record<string, Answer>>,
): Promise<{ runtime: CriRuntime; server: FakeCriServer }> {
  const server = await createFakeCriServer(answers);
  await server.start();
  const runtime = createCriRuntime({ socketPath: server.socketPath });
  cleanups.push(() => runtime.close(), server.close);
  return { runtime, server };
}

const fail = (code: number, details: string) => () => Promise.reject({ code, details });
const second = 1_000_000_000;

test('a sandbox goes out whole and comes back', async () => {
  let asked: Record<string, unknown> = {};
  const { runtime } = await setup({
    RunPodSandbox: (request) => {
      asked = request;
      return { podSandboxId: 'sb' };
    },
    PodSandboxStatus: () => ({
      status: {
        id: 'sb',
        state: 'SANDBOX_READY',
        createdAt: 1700000000 * second,
        network: { ip: '10.1.0.2', additionalIps: [{ ip: 'fd00::2' }] },
        linux: { namespaces: { options: { network: 'POD' } } },
      },
    }),
  });
  const config = sandboxConfig('web', {
    labels: { app: 'web' },
    portMappings: [{ protocol: 'UDP', containerPort: 53, hostPort: 5353, hostIp: '127.0.0.1' }],
    cgroupParent: '/parent',
    dns: { servers: ['10.96.0.10'], searches: ['svc'], options: ['ndots:5'] },
    securityContext: {
      namespaces: { network: 'node', pid: 'container', ipc: 'pod' },
      privileged: true,
      runAsUser: 0,
      supplementalGroups: [7],
      seccomp: { type: 'localhost', path: 'p.json' },
    },
  });
  expect(await runtime.runPodSandbox(config)).toBe('sb');
  expect(asked).toMatchObject({
    config: {
      metadata: { name: 'web', uid: 'uid-web', namespace: 'default', attempt: 0 },
      labels: { app: 'web' },
      dnsConfig: { servers: ['10.96.0.10'], searches: ['svc'], options: ['ndots:5'] },
      portMappings: [{ protocol: 'UDP', containerPort: 53, hostPort: 5353, hostIp: '127.0.0.1' }],
      linux: {
        cgroupParent: '/parent',
        securityContext: {
          namespaceOptions: { network: 'NODE', pid: 'CONTAINER', ipc: 'POD' },
          privileged: true,
          runAsUser: { value: 0 },
          runAsGroup: null,
          supplementalGroups: [7],
          seccomp: { profileType: 'Localhost', localhostRef: 'p.json' },
        },
      },
    },
  });
  expect(await runtime.podSandboxStatus('sb')).toEqual({
    id: 'sb',
    ready: true,
    createdAtMs: 1_700_000_000_000,
    ips: ['10.1.0.2', 'fd00::2'],
    networkMode: 'pod',
  });
});

test('a container goes out whole, and its status knows its sandbox', async () => {
  let asked: Record<string, unknown> = {};
  let lists = 0;
  const { runtime } = await setup({
    CreateContainer: (request) => {
      asked = request;
      return { containerId: 'c1' };
    },
    ListContainers: () => {
      lists++;
      return { containers: [{ id: 'c2', podSandboxId: 'other', state: 'CONTAINER_CREATED' }] };
    },
    ContainerStatus: ({ containerId }) => ({
      status: {
        id: containerId,
        metadata: { name: 'main', attempt: 2 },
        state: 'CONTAINER_EXITED',
        exitCode: 137,
        finishedAt: 5 * second,
        reason: 'OOMKilled',
        image: { image: 'busybox' },
      },
    }),
  });
  const config = containerConfig('sha256:1', {
    command: ['sleep'],
    args: ['1'],
    envs: [{ key: 'A', value: 'ü' }],
    mounts: [{ containerPath: '/c', hostPath: '/h', readonly: true, propagation: 'host-to-container' }],
    resources: { memoryLimitBytes: 5_000_000_000, cpuShares: 2, oomScoreAdj: -997 },
  });
  expect(await runtime.createContainer('sb', config, sandboxConfig('web'))).toBe('c1');
  expect(asked).toMatchObject({
    podSandboxId: 'sb',
    config: {
      command: ['sleep'],
      args: ['1'],
      envs: [{ key: 'A', value: Buffer.from('ü') }],
      mounts: [{ containerPath: '/c', hostPath: '/h', readonly: true, propagation: 'PROPAGATION_HOST_TO_CONTAINER' }],
      linux: { resources: { memoryLimitInBytes: 5_000_000_000, cpuShares: 2, oomScoreAdj: -997, cpuQuota: 0 } },
    },
    sandboxConfig: { metadata: { name: 'web' } },
  });
  expect(await runtime.containerStatus('c1')).toMatchObject({
    sandboxId: 'sb',
    name: 'main',
    attempt: 2,
    state: 'exited',
    exitCode: 137,
    reason: 'OOMKilled',
    finishedAtMs: 5000,
  });
  expect(lists).toBe(0);
  expect(await runtime.containerStatus('c2')).toMatchObject({ sandboxId: 'other' });
});

const pullText = (rest: string) => `failed to pull and unpack image "docker.io/library/x:1": ${rest}`;
test.each([
  [
    'not-found',
    status.NOT_FOUND,
    pullText('failed to resolve reference: docker.io/library/x:1: not found'),
    'image-not-found',
  ],
  [
    'denied',
    status.UNKNOWN,
    pullText('pull access denied, repository does not exist or may require authorization'),
    'image-not-found',
  ],
  [
    'no way',
    status.UNKNOWN,
    pullText('failed to do request: Head "https://r/v2": dial tcp: lookup r: no such host'),
    'registry-unavailable',
  ],
  ['bad name', status.UNKNOWN, 'failed to parse image reference: invalid reference format', 'image-invalid-name'],
  ['other', status.UNKNOWN, pullText('no space left on device'), 'failed'],
])('a failed pull is told apart: %s', async (_name, code, details, expected) => {
  const { runtime } = await setup({ PullImage: fail(code, details) });
  await expect(runtime.pullImage('x:1')).rejects.toMatchObject({ code: expected, message: details });
});

test('errors keep the words of the runtime, and stop and remove forgive what is gone', async () => {
  const gone = fail(status.NOT_FOUND, 'an error occurred when try to find container "x": not found');
  const { runtime } = await setup({
    ContainerStatus: gone,
    StopContainer: gone,
    RemoveContainer: gone,
    StopPodSandbox: gone,
    RemovePodSandbox: fail(status.UNKNOWN, 'device busy'),
    ListContainers: () => ({}),
    ExecSync: fail(status.DEADLINE_EXCEEDED, 'failed to exec in container: timeout 1s exceeded'),
  });
  await expect(runtime.containerStatus('x')).rejects.toMatchObject({ code: 'not-found', message: /try to find/ });
  await runtime.stopContainer('x', 1);
  await runtime.removeContainer('x');
  await runtime.stopPodSandbox('x');
  await expect(runtime.removePodSandbox('x')).rejects.toMatchObject({ code: 'failed', message: 'device busy' });
  await expect(runtime.execSync('x', ['a'], 1)).rejects.toMatchObject({ code: 'timeout' });
  await expect(runtime.version()).rejects.toMatchObject({ code: 'failed' });
});

test('calls fail fast while the runtime is down, and succeed again when it is back', async () => {
  const { runtime, server } = await setup({ ListContainers: () => ({ containers: [] }) });
  expect(await runtime.listContainers()).toEqual([]);
  await server.stop();
  await expect(runtime.listContainers()).rejects.toMatchObject({ code: 'unavailable' });
  await server.start();
  await expect.poll(() => runtime.listContainers().catch(() => 'down'), { timeout: 8000 }).toEqual([]);
});

test('a caller that gives up ends its call; a closed client makes none', async () => {
  const { runtime } = await setup({ PullImage: () => new Promise<object>(() => undefined) });
  const giveUp = new AbortController();
  const pulling = runtime.pullImage('x', undefined, { signal: giveUp.signal });
  setImmediate(() => giveUp.abort());
  await expect(pulling).rejects.toMatchObject({ code: 'timeout' });
  runtime.close();
  await expect(runtime.version()).rejects.toMatchObject({ code: 'unavailable' });
});

test('events end quietly where the runtime has none', async () => {
  const { runtime } = await setup({ Version: () => ({}) });
  const seen = [];
  for await (const event of runtime.events?.(new AbortController().signal) ?? []) seen.push(event);
  expect(seen).toEqual([]);
});

test('an image that is not there is undefined; one with a user says so', async () => {
  const { runtime } = await setup({
    ImageStatus: ({ image }) =>
      (image as { image: string }).image === 'there'
        ? { image: { id: 'sha256:1', repoTags: ['there:latest'], size: 5e9, uid: { value: 0 }, username: '' } }
        : {},
  });
  expect(await runtime.imageStatus('gone')).toBeUndefined();
  expect(await runtime.imageStatus('there')).toEqual({
    id: 'sha256:1',
    repoTags: ['there:latest'],
    repoDigests: [],
    sizeBytes: 5e9,
    uid: 0,
    username: undefined,
  });
});
