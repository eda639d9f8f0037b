import { sleep } from '@trireme/ports';
import { leases, nodes, pods } from '@trireme/schema/resources';
import type { ContainerStatus, Node, Pod } from '@trireme/schema/types/core/v1';
import { exitAfter, logLines } from '@trireme/simulated-runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { container, createTestNode, type TestNode } from './test-node.ts';

const first = (pod: Pod | undefined): ContainerStatus | undefined => pod?.status?.containerStatuses?.[0];
const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
const target = { name: 'web', namespace: 'default' };

describe('the life of a pod', () => {
  let node: TestNode;
  beforeEach(async () => {
    node = await createTestNode();
  });
  afterEach(async () => {
    node.api.intercept = undefined;
    const stopping = node.kubelet.stop();
    await node.time.advance(60_000);
    await stopping;
  });

  it('runs the preStop hook within the grace period, once', async () => {
    const hooks: string[] = [];
    node.runtime.registerImage('example/app:1', {
      exec: ({ command }) => {
        hooks.push(`${command.join(' ')} @${Math.round(node.time.monotonic() / 1000)}`);
        return sleep(node.time, 4000).then(() => 0);
      },
    });
    const lifecycle = { preStop: { exec: { command: ['drain'] } } };
    await node.run('web', { terminationGracePeriodSeconds: 30, containers: [container('app', { lifecycle })] });
    await node.until('web', isReady, 5000, 'a ready pod');
    const startedMs = node.time.monotonic();
    await node.api.resource(pods).delete(target, { gracePeriodSeconds: 30 });
    await node.time.advanceUntil(() => !node.pod('web'), 30_000, 'the end');
    expect(hooks).toHaveLength(1);
    expect(node.time.monotonic() - startedMs).toBeGreaterThanOrEqual(4000);
    expect(node.time.monotonic() - startedMs).toBeLessThan(6000);
  });

  it('does not wait for a preStop hook beyond the grace period', async () => {
    node.runtime.registerImage('example/app:1', { exec: () => sleep(node.time, 3_600_000).then(() => 0) });
    const lifecycle = { preStop: { exec: { command: ['drain'] } } };
    await node.run('web', { terminationGracePeriodSeconds: 5, containers: [container('app', { lifecycle })] });
    await node.until('web', isReady, 5000, 'a ready pod');
    await node.api.resource(pods).delete(target, { gracePeriodSeconds: 5 });
    await node.time.advanceUntil(() => !node.pod('web'), 9000, 'the end');
    expect(node.events().some((event) => event.startsWith('FailedPreStopHook: PreStopHook failed: '))).toBe(true);
  });

  it('kills a container whose postStart hook fails, and tries again', async () => {
    let answer = 1;
    node.runtime.registerImage('example/app:1', { exec: async () => answer });
    const lifecycle = { postStart: { exec: { command: ['prepare'] } } };
    await node.run('web', { containers: [container('app', { lifecycle })], terminationGracePeriodSeconds: 1 });
    await node.until(
      'web',
      (pod) => first(pod)?.state?.waiting?.reason === 'PostStartHookError',
      5000,
      'the error of the hook',
    );
    expect(node.events()).toContain("FailedPostStartHook: PostStartHook failed: command 'prepare' exited with 1: ");
    answer = 0;
    await node.until('web', isReady, 40_000, 'a ready pod');
  });

  it('writes how the containers ended before the pod leaves the API', async () => {
    const lastWords: string[] = [];
    await node.run('web', { terminationGracePeriodSeconds: 1 });
    await node.until('web', isReady, 5000, 'a ready pod');
    node.api.intercept = async ({ verb, subresource }) => {
      if (verb === 'update' && subresource === 'status') await sleep(node.time, 700);
      if (verb === 'delete') lastWords.push(first(node.pod('web'))?.state?.terminated?.reason ?? 'still running');
    };
    await node.api.resource(pods).delete(target, { gracePeriodSeconds: 1 });
    lastWords.length = 0;
    await node.time.advanceUntil(() => !node.pod('web'), 20_000, 'the end');
    expect(lastWords).toEqual(['Error']);
  });

  it('loses no status when writes fail, and writes nothing that has not changed', async () => {
    let failing = true;
    node.api.intercept = ({ verb, subresource }) => {
      if (failing && verb === 'update' && subresource === 'status') throw new Error('the API is away');
    };
    await node.run('web', {});
    await node.time.advance(10_000);
    expect(node.pod('web')?.status?.phase).toBeUndefined();
    failing = false;
    await node.until('web', isReady, 15_000, 'the status');
    const before = node.api.writes.length;
    await node.time.advance(60_000);
    const more = node.api.writes.slice(before).filter((write) => write.includes('pods'));
    expect(more).toEqual([]);
  });

  it('keeps what others wrote, and puts right what they broke', async () => {
    await node.run('web', {});
    const pod = await node.until('web', isReady, 5000, 'a ready pod');
    const conditions = [{ type: 'Mine', status: 'True' }];
    await node.api
      .resource(pods)
      .update({ ...pod, status: { ...pod.status, phase: 'Pending', conditions } }, { subresource: 'status' });
    const again = await node.until('web', (found) => found.status?.phase === 'Running', 10_000, 'the repair');
    expect(again.status?.conditions?.find(({ type }) => type === 'Mine')).toEqual(conditions[0]);
    expect(isReady(again)).toBe(true);
  });

  it('does not mistake a new pod for the old one of the same name', async () => {
    node.runtime.registerImage('example/app:1', { ignoresTerm: true });
    await node.run('web', { terminationGracePeriodSeconds: 20 });
    const old = await node.until('web', isReady, 5000, 'a ready pod');
    await node.api.resource(pods).delete(target, { gracePeriodSeconds: 0 });
    const next = await node.run('web', { containers: [container('app', { image: 'example/app:2' })] });
    const ready = await node.until('web', isReady, 5000, 'the new pod');
    expect(ready.metadata.uid).toBe(next.metadata.uid);
    expect(ready.metadata.uid).not.toBe(old.metadata.uid);
    await node.time.advance(40_000);
    expect((await node.runtime.listPodSandboxes()).map(({ uid }) => uid)).toEqual([next.metadata.uid]);
    expect(isReady(node.pod('web') as Pod)).toBe(true);
  });

  it('is NotReady while its runtime is away, and leaves the pods as they are', async () => {
    const livenessProbe = { exec: { command: ['true'] }, periodSeconds: 1 };
    await node.run('web', { containers: [container('app', { livenessProbe })] });
    const before = await node.until('web', isReady, 5000, 'a ready pod');
    const readiness = () =>
      (node.api.store.get(nodes, 'node1') as Node).status?.conditions?.find(({ type }) => type === 'Ready');
    node.runtime.setAvailable(false);
    await node.time.advanceUntil(() => readiness()?.status === 'False', 30_000, 'the node NotReady');
    expect(readiness()?.message).toContain('container runtime is down');
    node.runtime.setAvailable(true);
    await node.time.advanceUntil(() => readiness()?.status === 'True', 30_000, 'the node Ready');
    await node.time.advance(5000);
    expect(first(node.pod('web'))).toEqual(first(before));
  });

  it('tells the last words of a container from its log', async () => {
    node.runtime.registerImage('example/app:1', {
      program: [...logLines('starting', 'no database'), ...exitAfter(100, 1)],
    });
    const policy = { terminationMessagePolicy: 'FallbackToLogsOnError' } as const;
    await node.run('web', { restartPolicy: 'Never', containers: [container('app', policy)] });
    const pod = await node.until('web', (found) => found.status?.phase === 'Failed', 5000, 'the end');
    expect(first(pod)?.state?.terminated?.message).toBe('starting\nno database\n');
  });

  it('keeps the logs of the last two instances of a container that crashes on and on', async () => {
    node.runtime.registerImage('example/app:1', { program: [...logLines('here'), ...exitAfter(100, 1)] });
    await node.run('web', {});
    const { metadata } = await node.until(
      'web',
      (pod) => (first(pod)?.restartCount ?? 0) >= 5,
      600_000,
      'five restarts',
    );
    await node.time.advance(3000);
    const logs = await node.files.list(`/var/log/pods/default_web_${metadata.uid}/app`);
    expect(logs).toEqual(['4.log', '5.log']);
  });

  it('goes on after an API call that never comes back', async () => {
    let hanging = true;
    node.api.intercept = ({ verb, subresource, ref }) => {
      const lost = hanging && (subresource === 'status' || ref.resource === 'leases') && verb === 'update';
      return lost ? new Promise<void>(() => undefined) : undefined;
    };
    await node.run('web', {});
    await node.time.advance(15_000);
    hanging = false;
    const lease = () => node.api.store.get(leases, 'kube-node-lease/node1')?.metadata.resourceVersion;
    const before = lease();
    await node.until('web', isReady, 30_000, 'the status');
    await node.time.advance(25_000);
    expect(lease()).not.toBe(before);
  });

  it('gives a container its environment', async () => {
    let seen: ReadonlyMap<string, string> = new Map();
    node.runtime.registerImage('example/app:1', {
      program: (view) => {
        seen = view.env;
        return [];
      },
    });
    const env = [
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'HELLO', value: 'I am $(POD)' },
    ];
    await node.run('web', { containers: [container('app', { env })] });
    const pod = await node.until('web', isReady, 5000, 'a ready pod');
    expect([seen.get('HELLO'), seen.get('IP')]).toEqual(['I am web', pod.status?.podIP]);
  });

  it('says why a volume cannot be mounted, and goes on when it can', async () => {
    await node.run('web', { volumes: [{ name: 'v', secret: { secretName: 'late' } }] });
    await node.time.advance(4000);
    expect(node.events()).toContain('FailedMount: MountVolume.SetUp failed for volume "v" : secret "late" not found');
    expect(first(node.pod('web'))?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
    expect(node.pod('web')?.status?.phase).toBe('Pending');
    const { secrets } = await import('@trireme/schema/resources');
    const metadata = { name: 'late', namespace: 'default' };
    await node.api.resource(secrets).create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { k: 'dg==' } });
    const pod = await node.until('web', isReady, 30_000, 'a ready pod');
    const directory = `/var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~secret/v`;
    expect(node.files.text(`${directory}/k`)).toBe('v');
    expect(node.files.mounts()).toEqual([directory]);
    await node.api.resource(pods).delete(target, { gracePeriodSeconds: 1 });
    await node.time.advanceUntil(() => !node.pod('web'), 20_000, 'the end');
    expect(node.files.mounts()).toEqual([]);
  });
});
