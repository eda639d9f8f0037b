import type { Node, Service } from '@trireme/schema/types/core/v1';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyHello, eventually, getJson, mustKubectl } from './run.ts';

describe.skipIf(process.env.E2E_SKIP)('services', () => {
  beforeAll(async () => {
    await applyHello();
    await mustKubectl(['run', 'client', '--image=busybox:1.36', '--', 'sleep', '3600']);
    await mustKubectl(['wait', 'pod/client', '--for=condition=Ready', '--timeout=60s'], { timeoutMs: 70_000 });
  });

  // Not wget's own -T: Debian's static busybox crashes on it.
  const fetchInside = (url: string): Promise<string> =>
    mustKubectl(['exec', 'client', '--', 'timeout', '5', 'wget', '-q', '-O', '-', url]);

  it('expose --type=NodePort answers on every node, from outside the cluster', async () => {
    await mustKubectl(['expose', 'deployment', 'hello', '--type=NodePort', '--name=hello-nodeport', '--port=8080']);
    const service = await getJson<Service>('service', 'hello-nodeport');
    const port = service.spec.ports?.[0]?.nodePort ?? 0;
    expect(port).toBeGreaterThanOrEqual(30000);
    const nodes = (await getJson<{ items: readonly Node[] }>('nodes')).items;
    for (const node of nodes) {
      const address = node.status?.addresses?.find((each) => each.type === 'InternalIP')?.address;
      const page = await eventually(`a page from ${address}:${port}`, 20_000, async () =>
        (await fetch(`http://${address}:${port}/`, { signal: AbortSignal.timeout(3000) })).text(),
      );
      expect(page).toMatch(/^Hello from hello-\w+-\w+ on node-\d/);
    }
  });

  it('expose --type=ClusterIP answers inside, by address and by DNS name', async () => {
    await mustKubectl([
      'expose',
      'deployment',
      'hello',
      '--type=ClusterIP',
      '--name=hello-inside',
      '--port=80',
      '--target-port=8080',
    ]);
    const { clusterIP } = (await getJson<Service>('service', 'hello-inside')).spec;
    const byAddress = await eventually('a page by address', 20_000, () => fetchInside(`http://${clusterIP}/`));
    expect(byAddress).toContain('Hello from hello-');
    for (const name of ['hello-inside', 'hello-inside.default', 'hello-inside.default.svc.cluster.local']) {
      expect(await fetchInside(`http://${name}/`)).toContain('Hello from hello-');
    }
  });

  it('spreads requests over the pods of both nodes', async () => {
    const pages = await mustKubectl([
      'exec',
      'client',
      '--',
      'sh',
      '-c',
      'for i in $(seq 40); do timeout 5 wget -q -O - http://hello/; done',
    ]);
    expect(new Set(pages.match(/on node-\d/g))).toEqual(new Set(['on node-1', 'on node-2']));
    expect(new Set(pages.match(/hello-\w+-\w+/g)).size).toBe(3);
  });

  it('DNS answers for services, pods and reverse, and says no to what is not', async () => {
    const lookup = (...args: readonly string[]): Promise<string> =>
      mustKubectl(['exec', 'client', '--', 'nslookup', ...args]);
    expect(await lookup('kubernetes.default.svc.cluster.local')).toMatch(/Address.*10\.\d+\.0\.1\b/);
    const { clusterIP } = (await getJson<Service>('service', 'hello')).spec;
    expect(await lookup(clusterIP ?? '')).toContain('hello.default.svc.cluster.local');
    await expect(lookup('nothing.default.svc.cluster.local')).rejects.toThrow(/NXDOMAIN|can't resolve/);
  });

  it('a pod reaches the API by its name, and its token is who it says', async () => {
    const reach = await mustKubectl([
      'exec',
      'client',
      '--',
      'sh',
      '-c',
      'echo | nc -w 2 kubernetes.default.svc 443 >/dev/null && echo reached',
    ]);
    expect(reach).toBe('reached\n');
    const token = await mustKubectl([
      'exec',
      'client',
      '--',
      'cat',
      '/var/run/secrets/kubernetes.io/serviceaccount/token',
    ]);
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } };
    const answer = await mustKubectl(['create', '-o', 'json', '-f', '-'], { input: JSON.stringify(review) });
    expect((JSON.parse(answer) as { status: unknown }).status).toMatchObject({
      authenticated: true,
      user: {
        username: 'system:serviceaccount:default:default',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/pod-name': ['client'] },
      },
    });
  });

  it('delete service ends it', async () => {
    await mustKubectl(['delete', 'service', 'hello-inside', 'hello-nodeport']);
    await eventually('the name is gone', 20_000, async () => {
      const done = await fetchInside('http://hello-inside/').then(
        () => 'answered',
        () => 'refused',
      );
      return done === 'refused' ? true : undefined;
    });
  });
});
