import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment, ReplicaSet } from '@trireme/schema/types/apps/v1';
import type { Pod } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import { eventually, getJson, mustKubectl } from './run.ts';

const podsOf = async (selector: string): Promise<readonly Pod[]> =>
  (await getJson<{ items: readonly Pod[] }>('pods', '-l', selector)).items;
const isReady = (pod: Pod): boolean =>
  !pod.metadata.deletionTimestamp &&
  (pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false);

describe.skipIf(process.env.E2E_SKIP)('workloads', () => {
  it('apply -f runs three replicas on both nodes', async () => {
    expect(await mustKubectl(['apply', '-f', 'examples/hello.yaml'])).toContain('deployment.apps/hello created');
    await mustKubectl(['rollout', 'status', 'deployment/hello', '--timeout=90s'], { timeoutMs: 100_000 });
    const pods = await podsOf('app=hello');
    expect(pods.filter(isReady)).toHaveLength(3);
    expect(new Set(pods.map((pod) => pod.spec.nodeName))).toEqual(new Set(['node-1', 'node-2']));
    expect(pods.every((pod) => pod.status?.phase === 'Running' && pod.status.podIP)).toBe(true);
    expect(await mustKubectl(['apply', '-f', 'examples/hello.yaml'])).toContain('deployment.apps/hello unchanged');
  });

  it('get pods -A and get all -A -o wide show them', async () => {
    expect(await mustKubectl(['get', 'pods', '-A'])).toMatch(/^default\s+hello-\w+-\w+\s+1\/1\s+Running\s+0\s/m);
    const all = await mustKubectl(['get', 'all', '-A', '-o', 'wide']);
    for (const name of [
      'pod/hello-',
      'service/hello',
      'service/kubernetes',
      'deployment.apps/hello',
      'replicaset.apps/hello-',
    ]) {
      expect(all).toContain(name);
    }
  });

  it('create deployment and scale it, up and down', async () => {
    await mustKubectl(['create', 'deployment', 'sleeper', '--image=busybox:1.36', '--', 'sleep', '3600']);
    await mustKubectl(['scale', 'deployment/sleeper', '--replicas=4']);
    await mustKubectl(['rollout', 'status', 'deployment/sleeper', '--timeout=90s'], { timeoutMs: 100_000 });
    expect((await podsOf('app=sleeper')).filter(isReady)).toHaveLength(4);
    await mustKubectl(['scale', 'deployment/sleeper', '--replicas=1']);
    await eventually('one pod left', 90_000, async () =>
      (await podsOf('app=sleeper')).length === 1 ? true : undefined,
    );
  });

  it('wait and run: a pod that ends', async () => {
    await mustKubectl([
      'run',
      'once',
      '--image=busybox:1.36',
      '--restart=Never',
      '--',
      'sh',
      '-c',
      'echo done; exit 3',
    ]);
    await mustKubectl(['wait', 'pod/once', '--for=jsonpath={.status.phase}=Failed', '--timeout=60s'], {
      timeoutMs: 70_000,
    });
    const pod = await getJson<Pod>('pod', 'once');
    expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
    expect(await mustKubectl(['logs', 'once'])).toBe('done\n');
    await mustKubectl(['delete', 'pod', 'once']);
  });

  it('describe tells the story of a pod and of a deployment', async () => {
    const [pod] = await podsOf('app=hello');
    const text = await mustKubectl(['describe', 'pod', pod?.metadata.name ?? '']);
    for (const expected of [
      'Successfully assigned default/hello',
      'Started container web',
      'kube-api-access',
      'Ready:          True',
    ]) {
      expect(text).toContain(expected);
    }
    expect(await mustKubectl(['describe', 'deployment', 'hello'])).toMatch(
      /Scaled up replica set hello-\w+ from 0 to 3/,
    );
    expect(await mustKubectl(['describe', 'node', 'node-1'])).toContain('Allocated resources:');
  });

  it('set image rolls out, history lists it, undo takes it back', async () => {
    const imageOf = async (): Promise<string | undefined> =>
      (await getJson<Deployment>('deployment', 'hello')).spec.template.spec?.containers[0]?.image;
    await mustKubectl(['set', 'image', 'deployment/hello', 'web=busybox:latest']);
    await mustKubectl(['rollout', 'status', 'deployment/hello', '--timeout=90s'], { timeoutMs: 100_000 });
    expect(await imageOf()).toBe('busybox:latest');
    expect(await mustKubectl(['rollout', 'history', 'deployment/hello'])).toMatch(/REVISION[\s\S]*\n1\s[\s\S]*\n2\s/);
    const sets = (await getJson<{ items: readonly ReplicaSet[] }>('rs', '-l', 'app=hello')).items;
    expect(sets.map((set) => set.spec.replicas).sort()).toEqual([0, 3]);
    await mustKubectl(['rollout', 'undo', 'deployment/hello']);
    await mustKubectl(['rollout', 'status', 'deployment/hello', '--timeout=90s'], { timeoutMs: 100_000 });
    expect(await imageOf()).toBe('busybox:1.36');
    expect(await mustKubectl(['rollout', 'history', 'deployment/hello'])).toMatch(/\n2\s[\s\S]*\n3\s/);
  });

  it('edit, label, annotate and patch change it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trireme-e2e-'));
    try {
      const editor = join(folder, 'editor.sh');
      writeFileSync(editor, '#!/bin/sh\nsed -i "s/replicas: 3/replicas: 2/" "$1"\n');
      chmodSync(editor, 0o755);
      expect(await mustKubectl(['edit', 'deployment/hello'], { env: { KUBE_EDITOR: editor } })).toContain(
        'deployment.apps/hello edited',
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    await mustKubectl(['label', 'deployment/hello', 'tier=front']);
    await mustKubectl(['annotate', 'deployment/hello', 'note=changed by hand']);
    await mustKubectl(['patch', 'deployment/hello', '-p', '{"spec":{"minReadySeconds":1}}']);
    await mustKubectl(['patch', 'deployment/hello', '--type=merge', '-p', '{"spec":{"revisionHistoryLimit":5}}']);
    await mustKubectl([
      'patch',
      'deployment/hello',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/spec/replicas","value":3}]',
    ]);
    const deployment = await getJson<Deployment>('deployment', 'hello');
    expect(deployment.metadata.labels).toMatchObject({ app: 'hello', tier: 'front' });
    expect(deployment.metadata.annotations).toMatchObject({ note: 'changed by hand' });
    expect(deployment.spec).toMatchObject({ minReadySeconds: 1, revisionHistoryLimit: 5, replicas: 3 });
  });

  it('apply --server-side owns its fields and sees conflicts', async () => {
    const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: owned\ndata:\n  color: green\n';
    await mustKubectl(['apply', '--server-side', '--field-manager=one', '-f', '-'], { input: manifest });
    const other = manifest.replace('green', 'red');
    await expect(
      mustKubectl(['apply', '--server-side', '--field-manager=two', '-f', '-'], { input: other }),
    ).rejects.toThrow(/Apply failed with 1 conflict: conflict with "one"/);
    await mustKubectl(['apply', '--server-side', '--force-conflicts', '--field-manager=two', '-f', '-'], {
      input: other,
    });
    expect((await getJson<{ data: object }>('configmap', 'owned')).data).toEqual({ color: 'red' });
  });

  it('secrets and config maps reach a pod as files and variables', async () => {
    await mustKubectl(['create', 'secret', 'generic', 'key', '--from-literal=word=open sesame']);
    await mustKubectl(['create', 'configmap', 'settings', '--from-literal=mode=bright']);
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'reader' },
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'c',
            image: 'busybox:1.36',
            command: [
              'sh',
              '-c',
              'echo "$WORD / $(cat /etc/settings/mode) / $(wc -c < /var/run/secrets/kubernetes.io/serviceaccount/token)"',
            ],
            env: [{ name: 'WORD', valueFrom: { secretKeyRef: { name: 'key', key: 'word' } } }],
            volumeMounts: [{ name: 'settings', mountPath: '/etc/settings' }],
          },
        ],
        volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
      },
    };
    await mustKubectl(['apply', '-f', '-'], { input: JSON.stringify(pod) });
    await mustKubectl(['wait', 'pod/reader', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s'], {
      timeoutMs: 70_000,
    });
    expect(await mustKubectl(['logs', 'reader'])).toMatch(/^open sesame \/ bright \/ \d{3,}\n$/);
  });

  it('delete deployment takes its pods, get events tells of it', async () => {
    await mustKubectl(['delete', 'deployment', 'sleeper']);
    await eventually('no sleeper pod left', 90_000, async () =>
      (await podsOf('app=sleeper')).length === 0 ? true : undefined,
    );
    expect((await getJson<{ items: unknown[] }>('rs', '-l', 'app=sleeper')).items).toEqual([]);
    const events = await mustKubectl(['get', 'events']);
    expect(events).toMatch(/^LAST SEEN\s+TYPE\s+REASON\s+OBJECT\s+MESSAGE/);
    expect(events).toMatch(/Normal\s+SuccessfulCreate\s+replicaset\/hello-/);
    expect(events).toMatch(/Normal\s+Killing\s+pod\/sleeper-/);
  });
});
