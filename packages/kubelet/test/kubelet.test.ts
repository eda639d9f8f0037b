import { utf8 } from '@trireme/base';
import { readBody, sleep } from '@trireme/ports';
import { configmaps, leases, nodes, pods, secrets } from '@trireme/schema/resources';
import type { ContainerStatus, Node, Pod } from '@trireme/schema/types/core/v1';
import { exitAfter, logLines } from '@trireme/simulated-runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { container, createTestNode, type TestNode } from './test-node.ts';

const phase = (wanted: string) => (pod: Pod) => pod.status?.phase === wanted;
const first = (pod: Pod | undefined): ContainerStatus | undefined => pod?.status?.containerStatuses?.[0];
const waitsFor = (reason: string) => (pod: Pod) => first(pod)?.state?.waiting?.reason === reason;
const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

describe('a kubelet on a simulated node', () => {
  let node: TestNode;
  beforeEach(async () => {
    node = await createTestNode();
  });
  afterEach(async () => {
    const stopping = node.kubelet.stop();
    await node.time.advance(20_000);
    await stopping;
  });

  it('registers its node and renews its lease', async () => {
    const found = node.api.store.get(nodes, 'node1') as Node;
    expect(found.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'MemoryPressure=False',
      'DiskPressure=False',
      'PIDPressure=False',
      'Ready=True',
    ]);
    expect(found.metadata.labels).toMatchObject({ 'kubernetes.io/hostname': 'node1', 'kubernetes.io/arch': 'amd64' });
    expect(found.status?.allocatable).toMatchObject({ cpu: '4', memory: '8388608Ki', pods: '110' });
    expect(node.events()).toContain('NodeReady: Node node1 status is now: NodeReady');
    const before = node.api.store.get(leases, 'kube-node-lease/node1')?.metadata.resourceVersion;
    expect(before).toBeDefined();
    await node.time.advance(11_000);
    expect(node.api.store.get(leases, 'kube-node-lease/node1')?.metadata.resourceVersion).not.toBe(before);
  });

  it('runs a pod and reports it', async () => {
    await node.run('web', {});
    const pod = await node.until('web', isReady, 5000, 'a ready pod');
    expect(pod.status?.phase).toBe('Running');
    expect(pod.status?.podIP).toMatch(/^10\.244\.0\./);
    expect(pod.status?.hostIP).toBe('192.0.2.10');
    expect(first(pod)).toMatchObject({ name: 'app', ready: true, started: true, restartCount: 0 });
    expect(pod.status?.conditions?.map(({ type }) => type)).toEqual([
      'PodReadyToStartContainers',
      'Initialized',
      'Ready',
      'ContainersReady',
      'PodScheduled',
    ]);
    const hosts = node.files.text(`/var/lib/kubelet/pods/${pod.metadata.uid}/etc-hosts`);
    expect(hosts).toContain(`${pod.status?.podIP}\tweb\n`);
  });

  it('restarts what crashes, and backs off', async () => {
    node.runtime.registerImage('example/app:1', { program: exitAfter(100, 1) });
    await node.run('crashes', {});
    let pod = await node.until('crashes', waitsFor('CrashLoopBackOff'), 5000, 'a crash loop');
    const uid = pod.metadata.uid;
    expect(first(pod)).toMatchObject({
      restartCount: 1,
      state: { waiting: { message: `back-off 10s restarting failed container=app pod=crashes_default(${uid})` } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    expect(pod.status?.phase).toBe('Running');
    const startedMs = node.time.monotonic();
    pod = await node.until('crashes', (found) => (first(found)?.restartCount ?? 0) >= 3, 60_000, 'two more restarts');
    // Ten seconds, then twenty, each counted from the end of the container.
    expect(node.time.monotonic() - startedMs).toBeGreaterThan(29_000);
    expect(node.time.monotonic() - startedMs).toBeLessThan(33_000);
  });

  it('ends with Succeeded or Failed where nothing is to be restarted', async () => {
    node.runtime.registerImage('example/ok:1', { program: exitAfter(100, 0) });
    node.runtime.registerImage('example/bad:1', { program: exitAfter(100, 3) });
    await node.run('ok', { restartPolicy: 'Never', containers: [container('app', { image: 'example/ok:1' })] });
    await node.run('bad', { restartPolicy: 'Never', containers: [container('app', { image: 'example/bad:1' })] });
    const ok = await node.until('ok', phase('Succeeded'), 5000, 'success');
    const bad = await node.until('bad', phase('Failed'), 5000, 'failure');
    expect(first(ok)?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(first(bad)?.state?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
    await node.time.advance(3000);
    expect((await node.runtime.listPodSandboxes()).filter(({ ready }) => ready)).toEqual([]);
  });

  it('runs init containers in order before the others', async () => {
    node.runtime.registerImage('example/init:1', { program: exitAfter(1000, 0) });
    const init = (name: string) => container(name, { image: 'example/init:1' });
    await node.run('inits', { initContainers: [init('one'), init('two')] });
    const during = await node.until(
      'inits',
      (pod) => pod.status?.initContainerStatuses?.[0]?.state?.running !== undefined,
      5000,
      'the first init container',
    );
    expect(during.status?.phase).toBe('Pending');
    expect(first(during)?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
    expect(during.status?.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({
      status: 'False',
      message: 'containers with incomplete status: [one two]',
    });
    const pod = await node.until('inits', isReady, 10_000, 'a ready pod');
    const ends = pod.status?.initContainerStatuses?.map(({ name, state }) => `${name} ${state?.terminated?.reason}`);
    expect(ends).toEqual(['one Completed', 'two Completed']);
  });

  it('keeps a sidecar beside the others, and ends it after them', async () => {
    node.runtime.registerImage('example/job:1', { program: exitAfter(2000, 0) });
    await node.run('job', {
      restartPolicy: 'Never',
      initContainers: [container('proxy', { restartPolicy: 'Always' })],
      containers: [container('app', { image: 'example/job:1' })],
    });
    const running = await node.until('job', isReady, 5000, 'a running job');
    expect(running.status?.initContainerStatuses?.[0]).toMatchObject({ name: 'proxy', started: true, ready: true });
    const done = await node.until('job', phase('Succeeded'), 10_000, 'the end of the job');
    expect(done.status?.initContainerStatuses?.[0]?.state?.terminated).toBeDefined();
  });

  it('follows readiness, and kills what is not alive', async () => {
    const probe = { httpGet: { path: '/', port: 80 }, periodSeconds: 1, failureThreshold: 2 };
    await node.run('probed', { containers: [container('app', { readinessProbe: probe, livenessProbe: probe })] });
    await node.until('probed', isReady, 5000, 'readiness');
    node.runtime.steerProbes({ pod: 'probed' }, 'failure');
    const unready = await node.until('probed', (pod) => !isReady(pod), 5000, 'unreadiness');
    expect(unready.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [app]',
    });
    await node.until('probed', (pod) => first(pod)?.restartCount === 1, 40_000, 'a restart');
    expect(node.events()).toContain('Killing: Container app failed liveness probe, will be restarted');
    node.runtime.steerProbes({ pod: 'probed' }, undefined);
    await node.until('probed', isReady, 20_000, 'readiness again');
  });

  it('lets a deleted pod end in its grace period, then removes it everywhere', async () => {
    node.runtime.registerImage('example/app:1', { ignoresTerm: true });
    await node.run('web', { terminationGracePeriodSeconds: 20 });
    const { metadata } = await node.until('web', isReady, 5000, 'a ready pod');
    await node.api.resource(pods).delete({ name: 'web', namespace: 'default' }, { gracePeriodSeconds: 20 });
    await node.time.advance(15_000);
    expect(node.pod('web')?.metadata.deletionTimestamp).toBeDefined();
    expect((await node.runtime.listContainers()).map(({ state }) => state)).toEqual(['running']);
    await node.time.advance(6000);
    expect(node.pod('web')).toBeUndefined();
    expect(node.api.writes.at(-1)).not.toContain('update pods/status');
    await node.time.advance(2000);
    expect(await node.runtime.listPodSandboxes()).toEqual([]);
    expect(node.files.paths().filter((path) => path.includes(metadata.uid ?? '?'))).toEqual([]);
  });

  it('cuts a long grace period short when it is told to', async () => {
    let hooks = 0;
    const exec = () => {
      hooks++;
      return sleep(node.time, 600_000).then(() => 0);
    };
    node.runtime.registerImage('example/app:1', { ignoresTerm: true, exec });
    const lifecycle = { preStop: { exec: { command: ['drain'] } } };
    await node.run('web', { terminationGracePeriodSeconds: 3600, containers: [container('app', { lifecycle })] });
    await node.until('web', isReady, 5000, 'a ready pod');
    await node.api.resource(pods).delete({ name: 'web', namespace: 'default' }, { gracePeriodSeconds: 3600 });
    await node.time.advance(5000);
    await node.api.resource(pods).delete({ name: 'web', namespace: 'default' }, { gracePeriodSeconds: 2 });
    await node.time.advance(8000);
    expect(node.pod('web')).toBeUndefined();
    expect(hooks).toBe(1);
  });

  it('takes running pods over after a restart without touching them', async () => {
    const readinessProbe = { httpGet: { path: '/', port: 80 }, initialDelaySeconds: 1, periodSeconds: 5 };
    const containers = [container('app', { readinessProbe, startupProbe: readinessProbe })];
    await node.run('web', { containers, volumes: [{ name: 'data', emptyDir: {} }] });
    const before = await node.until('web', isReady, 20_000, 'a ready pod');
    const stopping = node.kubelet.stop();
    await node.time.advance(2000);
    await stopping;
    const running = await node.runtime.listContainers();
    const next = node.restarted();
    const starting = next.start();
    await node.time.advance(500);
    await starting;
    await node.time.advance(10_000);
    expect(await node.runtime.listContainers()).toEqual(running);
    // Not even for a moment was the pod anything else than before.
    expect(node.pod('web')?.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    const after = node.pod('web');
    expect(isReady(after as Pod)).toBe(true);
    expect(first(after)).toEqual(first(before));
    expect(after?.status?.conditions).toEqual(before.status?.conditions);
    // What was deleted while nobody was here ends now.
    const leaving = next.stop();
    await node.time.advance(2000);
    await leaving;
    await node.api.resource(pods).delete({ name: 'web', namespace: 'default' }, { gracePeriodSeconds: 0 });
    const third = node.restarted();
    const again = third.start();
    await node.time.advance(30_000);
    await again;
    expect(await node.runtime.listPodSandboxes()).toEqual([]);
    const ending = third.stop();
    await node.time.advance(20_000);
    await ending;
  });

  it('brings a changed ConfigMap to the volume in one step', async () => {
    const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf', namespace: 'default' } } as const;
    const created = await node.api.resource(configmaps).create({ ...config, data: { color: 'red', gone: 'soon' } });
    await node.run('web', { volumes: [{ name: 'conf', configMap: { name: 'conf' } }] });
    const { metadata } = await node.until('web', isReady, 5000, 'a ready pod');
    const directory = `/var/lib/kubelet/pods/${metadata.uid}/volumes/kubernetes.io~configmap/conf`;
    expect(node.files.text(`${directory}/color`)).toBe('red');
    await node.api.resource(configmaps).update({ ...created, data: { color: 'blue', shape: 'round' } });
    await node.time.advance(70_000);
    expect(node.files.text(`${directory}/color`)).toBe('blue');
    expect(await node.files.list(directory)).toEqual([expect.stringMatching(/^\.\.2026_/), '..data', 'color', 'shape']);
  });

  it('waits for a Secret that is missing, and goes on once it is there', async () => {
    const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } }];
    await node.run('web', { containers: [container('app', { env })] });
    const waiting = await node.until('web', waitsFor('CreateContainerConfigError'), 5000, 'the error');
    expect(first(waiting)?.state?.waiting?.message).toBe('secret "keys" not found');
    expect(waiting.status?.phase).toBe('Pending');
    const metadata = { name: 'keys', namespace: 'default' };
    await node.api.resource(secrets).create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { k: 'dg==' } });
    await node.until('web', isReady, 20_000, 'a ready pod');
  });

  it('says why an image cannot be pulled, and tries again', async () => {
    const pullError = { code: 'image-not-found', message: 'failed to resolve reference "example/app:1"' } as const;
    node.runtime.registerImage('example/app:1', { pullError });
    await node.run('web', {});
    const failing = await node.until('web', waitsFor('ErrImagePull'), 5000, 'the error');
    expect(first(failing)?.state?.waiting?.message).toContain('failed to resolve reference');
    const backing = await node.until('web', waitsFor('ImagePullBackOff'), 10_000, 'the back-off');
    expect(first(backing)?.state?.waiting?.message).toMatch(/^Back-off pulling image "example\/app:1"/);
    node.runtime.registerImage('example/app:1', {});
    await node.until('web', isReady, 30_000, 'a ready pod');
    const events = node.events();
    expect(events).toContain('Pulling: Pulling image "example/app:1"');
    expect(events).toContain('Failed: Error: ErrImagePull');
    expect(events.some((event) => event.startsWith('Pulled: Successfully pulled image "example/app:1" in '))).toBe(
      true,
    );
  });

  it('refuses a pod that does not fit', async () => {
    await node.run('big', { containers: [container('app', { resources: { requests: { cpu: '5' } } })] });
    const pod = await node.until('big', phase('Failed'), 5000, 'the refusal');
    expect(pod.status).toMatchObject({
      reason: 'OutOfcpu',
      message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 5000, used: 0, capacity: 4000",
    });
    expect(await node.runtime.listPodSandboxes()).toEqual([]);
  });

  it('runs a pod that was bound by a label which this kubelet has not seen yet', async () => {
    const name = 'node1';
    const body = { metadata: { labels: { disk: 'fast' } } };
    await node.api.resource(nodes).patch({ name }, { type: 'merge', body });
    await node.run('picky', { nodeSelector: { disk: 'fast' } });
    await node.until('picky', isReady, 5000, 'a ready pod');
    await node.run('elsewhere', { nodeSelector: { disk: 'slow' } });
    const refused = await node.until('elsewhere', phase('Failed'), 5000, 'a refused pod');
    expect(refused.status?.reason).toBe('NodeAffinity');
  });

  it('replaces a container whose image changed, and a sandbox that died', async () => {
    await node.run('web', { restartPolicy: 'Always' });
    const before = await node.until('web', isReady, 5000, 'a ready pod');
    await node.api
      .resource(pods)
      .update({ ...before, spec: { ...before.spec, containers: [container('app', { image: 'example/app:2' })] } });
    const changed = await node.until(
      'web',
      (pod) => first(pod)?.restartCount === 1 && isReady(pod),
      40_000,
      'the new image',
    );
    expect(first(changed)?.image).toContain('example/app:2');
    node.runtime.killAll();
    const again = await node.until(
      'web',
      (pod) => isReady(pod) && first(pod)?.restartCount === 2,
      40_000,
      'a new sandbox',
    );
    expect(again.metadata.uid).toBe(before.metadata.uid);
  });

  it('fails a pod that is over its deadline', async () => {
    await node.run('late', { activeDeadlineSeconds: 5, terminationGracePeriodSeconds: 1 });
    const pod = await node.until('late', phase('Failed'), 20_000, 'the deadline');
    expect(pod.status).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });

  it('serves logs to the apiserver alone', async () => {
    node.runtime.registerImage('example/app:1', { program: logLines('one', 'two', 'three') });
    await node.run('web', {});
    await node.until('web', isReady, 5000, 'a ready pod');
    await node.time.advance(100);
    const certificate = { commonName: 'kube-apiserver-kubelet-client', organizations: [], fingerprint: '' };
    const ask = async (path: string, peer = { address: '', certificate }) => {
      const answer = await node.kubelet.handler({ method: 'GET', path, headers: {} }, peer);
      const body = (await readBody(answer.body, 1 << 20)) ?? utf8('');
      return `${answer.status} ${new TextDecoder().decode(body)}`;
    };
    expect(await ask('/containerLogs/default/web/app?tailLines=2')).toBe('200 two\nthree\n');
    expect(await ask('/containerLogs/default/web/app?limitBytes=5')).toBe('200 one\nt');
    expect(await ask('/containerLogs/default/web/app?timestamps=true&tailLines=1')).toMatch(
      /^200 2026-01-01T.*Z three\n$/,
    );
    expect(await ask('/containerLogs/default/web/app?previous=true')).toContain(
      '400 previous terminated container "app" in pod "web" not found',
    );
    expect(await ask('/containerLogs/default/nope/app')).toBe('404 pod "nope" not found\n');
    expect((await node.kubelet.handler({ method: 'GET', path: '/pods', headers: {} }, { address: '' })).status).toBe(
      401,
    );
    const other = { address: '', certificate: { ...certificate, commonName: 'someone' } };
    expect(await ask('/pods', other)).toMatch(/^403 /);
    expect(await ask('/exec/default/web/app?command=ls')).toBe(
      '400 you must specify at least 1 of stdin, stdout, stderr\n',
    );
    expect(await ask('/exec/default/web/nope?command=ls&output=1')).toBe('404 container not found ("nope")\n');
    expect(await ask('/portForward/default/web?port=x')).toBe('400 invalid ports: x\n');
    expect(await ask('/containerLogs/default/web/app?tailLines=-1')).toBe('400 invalid value for tailLines: "-1"\n');
    expect(await ask('/metrics')).toContain('kubelet_running_pods 1');
    expect(JSON.parse((await ask('/pods')).slice(4))).toMatchObject({
      kind: 'PodList',
      items: [{ metadata: { name: 'web' } }],
    });
  });
});
