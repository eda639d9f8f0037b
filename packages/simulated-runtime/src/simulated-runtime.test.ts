import { fromUtf8 } from '@trireme/base';
import { containerConfig, createSeededRandom, createVirtualTime, sandboxConfig } from '@trireme/testkit';
import { expect, test } from 'vitest';
import { exitAfter } from './behaviour.ts';
import { createSimulatedLogs } from './logs.ts';
import { createSimulatedRuntime, type SimulatedRuntimeOptions } from './simulated-runtime.ts';

function world(options: SimulatedRuntimeOptions = {}) {
  const time = createVirtualTime();
  const logs = createSimulatedLogs();
  const runtime = createSimulatedRuntime({ time, random: createSeededRandom(1), options: { logs, ...options } });
  /** Waits for a call in virtual time; what it throws is thrown here. */
  const settle = async <T>(promise: Promise<T>, limitMs = 60_000): Promise<T> => {
    let done = false;
    const finished = promise.finally(() => {
      done = true;
    });
    finished.catch(() => undefined);
    await time.advanceUntil(() => done, limitMs);
    return finished;
  };
  const start = async (image: string, command: readonly string[] = [], pod = 'web') => {
    const config = sandboxConfig(pod);
    await settle(runtime.pullImage(image));
    const sandboxId = await settle(runtime.runPodSandbox(config));
    const id = await settle(runtime.createContainer(sandboxId, containerConfig(image, { command }), config));
    await settle(runtime.startContainer(id));
    return { sandboxId, id };
  };
  return { time, logs, runtime, settle, start };
}

test('a container starts, logs, and ends as its command says', async () => {
  const { time, logs, runtime, start } = world();
  const { id, sandboxId } = await start('busybox', ['sh', '-c', 'echo hello; sleep 2; exit 3']);
  expect(await runtime.podSandboxStatus(sandboxId)).toMatchObject({ ready: true, ips: ['10.244.0.2'] });
  expect(await runtime.containerStatus(id)).toMatchObject({ state: 'running', exitCode: 0, finishedAtMs: 0 });
  const { startedAtMs } = await runtime.containerStatus(id);
  await time.advance(2000);
  expect(await runtime.containerStatus(id)).toMatchObject({
    state: 'exited',
    exitCode: 3,
    reason: 'Error',
    finishedAtMs: startedAtMs + 2000,
  });
  const path = '/var/log/pods/default_web_uid-web/main/0.log';
  expect(fromUtf8(logs.read(path) ?? new Uint8Array())).toMatch(/^2026-01-01T00:00:00\.\d{3}000000Z stdout F hello\n$/);
});

test('an unknown command runs until it is stopped, and obeys SIGTERM', async () => {
  const { runtime, start, settle, time } = world();
  const { id } = await start('nginx');
  await time.advance(3_600_000);
  expect((await runtime.containerStatus(id)).state).toBe('running');
  await settle(runtime.stopContainer(id, 30));
  expect(await runtime.containerStatus(id)).toMatchObject({ state: 'exited', exitCode: 143 });
  await settle(runtime.stopContainer(id, 30));
});

test('one that ignores SIGTERM is killed after the grace period, and a shorter one overtakes', async () => {
  const { runtime, start, settle, time } = world({ images: { stubborn: { ignoresTerm: true } } });
  const { id } = await start('stubborn:v1');
  const before = time.monotonic();
  const slow = runtime.stopContainer(id, 30);
  await time.advance(1000);
  await settle(runtime.stopContainer(id, 2));
  await slow;
  expect(time.monotonic() - before).toBe(3000);
  expect(await runtime.containerStatus(id)).toMatchObject({ exitCode: 137 });
});

test('images fail as registered', async () => {
  const { runtime, settle, start } = world({
    missingImages: 'fail',
    images: {
      'registry.example/broken': { startError: 'exec format error' },
      nowhere: { pullError: { code: 'registry-unavailable', message: 'dial tcp: refused' } },
      crashes: { program: exitAfter(500, 1) },
    },
  });
  await expect(settle(runtime.pullImage('nope'))).rejects.toMatchObject({ code: 'image-not-found' });
  await expect(settle(runtime.pullImage('Not/A:Name:x!'))).rejects.toMatchObject({ code: 'image-invalid-name' });
  await expect(settle(runtime.pullImage('nowhere'))).rejects.toMatchObject({ code: 'registry-unavailable' });
  await expect(start('registry.example/broken')).rejects.toThrow('exec format error');
  expect((await runtime.listContainers()).map(({ state }) => state)).toEqual(['exited']);
  expect(await runtime.imageStatus('crashes')).toBeUndefined();
  const id = await settle(runtime.pullImage('crashes'));
  expect(await runtime.imageStatus(id)).toMatchObject({ id, repoTags: ['docker.io/library/crashes:latest'] });
  const config = sandboxConfig('other');
  const sandbox = await settle(runtime.runPodSandbox(config));
  const container = await settle(runtime.createContainer(sandbox, containerConfig(id), config));
  await settle(runtime.startContainer(container));
  await settle(new Promise((resolve) => setImmediate(resolve)));
  expect((await runtime.containerStatus(container)).state).toBe('running');
});

test('addresses run out, and come back when a sandbox is stopped', async () => {
  const { runtime, settle } = world({ podCidr: '10.1.0.0/29' });
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push(await settle(runtime.runPodSandbox(sandboxConfig(`p${i}`))));
  await expect(settle(runtime.runPodSandbox(sandboxConfig('late')))).rejects.toThrow('no address is free');
  await runtime.stopPodSandbox(ids[2] as string);
  const again = await settle(runtime.runPodSandbox(sandboxConfig('late')));
  expect((await runtime.podSandboxStatus(again)).ips).toEqual(['10.1.0.4']);
  await runtime.stopPodSandbox('unknown');
  await runtime.removePodSandbox('unknown');
});

test('exec runs in the container and probes can be steered', async () => {
  const { runtime, start, settle } = world();
  const { id } = await start('nginx');
  const run = async (...command: string[]) => {
    const { stdout, stderr, exitCode } = await settle(runtime.execSync(id, command, 5));
    return [fromUtf8(stdout), fromUtf8(stderr), exitCode];
  };
  expect(await run('hostname')).toEqual(['web\n', '', 0]);
  expect(await run('sh', '-c', 'echo no >&2; exit 2')).toEqual(['', 'no\n', 2]);
  expect((await run('frobnicate'))[2]).toBe(127);
  await expect(settle(runtime.execSync(id, ['sleep', '9'], 5))).rejects.toMatchObject({ code: 'timeout' });
  expect(runtime.answer('10.244.0.2', 80, '/')).toEqual({ status: 200, body: 'ok' });
  runtime.steerProbes({ pod: 'web' }, 'failure');
  expect((await run('true'))[2]).toBe(1);
  expect(runtime.answer('10.244.0.2', 80, '/')?.status).toBe(500);
  runtime.steerProbes({ pod: 'web' }, undefined);
  expect((await run('true'))[2]).toBe(0);
});

test('events tell of every change, and end when the runtime goes down', async () => {
  const { runtime, start, time } = world();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const event of runtime.events?.(new AbortController().signal) ?? []) seen.push(event.containerId);
  })();
  const { id, sandboxId } = await start('nginx');
  runtime.crash(id);
  await time.settle();
  expect(seen).toEqual([id, id, id]);
  expect(await runtime.containerStatus(id)).toMatchObject({ state: 'exited', exitCode: 137 });
  runtime.setAvailable(false);
  await reading;
  await expect(runtime.listContainers()).rejects.toMatchObject({ code: 'unavailable' });
  runtime.setAvailable(true);
  runtime.killAll();
  expect((await runtime.podSandboxStatus(sandboxId)).ready).toBe(false);
});

test('the same seed gives the same ids', async () => {
  const ids = await Promise.all([1, 2].map(async () => (await world().start('nginx')).id));
  expect(ids[0]).toBe(ids[1]);
});
