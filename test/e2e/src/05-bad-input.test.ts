import type { Pod } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import { eventually, getJson, kubectl, mustKubectl } from './run.ts';

const configMap = (name: string, more = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${more}`;

describe.skipIf(process.env.E2E_SKIP)('bad input gets the answer that Kubernetes gives, and leaves no trace', () => {
  it.each<[string, string, RegExp]>([
    ['malformed YAML', 'apiVersion: v1\nkind: [', /error parsing|yaml/],
    ['an unknown field', configMap('bad', 'dato: {}\n'), /unknown field "dato"/],
    ['a wrong type', configMap('bad', 'data:\n  a: 1\n'), /invalid type|cannot unmarshal number/],
    [
      'a bad name',
      configMap('Bad_Name'),
      /metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of/,
    ],
    [
      'an unknown kind',
      'apiVersion: v1\nkind: Wardrobe\nmetadata:\n  name: x\n',
      /no matches for kind "Wardrobe" in version "v1"/,
    ],
    [
      'a pod without containers',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: bad\nspec: {containers: []}\n',
      /spec\.containers: Required value/,
    ],
    [
      'a deployment whose selector misses its template',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: bad\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: c}}\n    spec: {containers: [{name: c, image: busybox}]}\n',
      /`selector` does not match template `labels`/,
    ],
    [
      'a missing namespace',
      configMap('bad').replace('name: bad', 'name: bad\n  namespace: nowhere'),
      /namespaces "nowhere" not found/,
    ],
  ])('%s', async (_, manifest, message) => {
    const done = await kubectl(['create', '-f', '-'], { input: manifest });
    expect(done.code).not.toBe(0);
    expect(done.stderr).toMatch(message);
    expect((await kubectl(['get', 'configmap,pod,deployment', 'bad'])).stdout).toBe('');
  });

  it('a stale resourceVersion is a conflict', async () => {
    await mustKubectl(['create', '-f', '-'], { input: configMap('stale', 'data: {a: "1"}\n') });
    const old = await mustKubectl(['get', 'configmap', 'stale', '-o', 'yaml']);
    await mustKubectl(['patch', 'configmap', 'stale', '-p', '{"data":{"a":"2"}}']);
    const done = await kubectl(['replace', '-f', '-'], { input: old.replace('a: "1"', 'a: "3"') });
    expect(done.stderr).toContain(
      'the object has been modified; please apply your changes to the latest version and try again',
    );
    expect((await getJson<{ data: object }>('configmap', 'stale')).data).toEqual({ a: '2' });
  });

  it('what exists cannot be created again', async () => {
    const done = await kubectl(['create', 'namespace', 'default']);
    expect(done.stderr).toContain('Error from server (AlreadyExists): namespaces "default" already exists');
  });

  it('no permission is Forbidden, and says who may not do what', async () => {
    const done = await kubectl(['get', 'secrets', '-n', 'kube-system', '--as', 'jane']);
    expect(done.stderr).toContain(
      'Error from server (Forbidden): secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "kube-system"',
    );
  });

  it('no certificate is nobody', async () => {
    const server = (
      await mustKubectl(['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}'])
    ).trim();
    const bare = [
      '--kubeconfig=/dev/null',
      `--server=${server}`,
      '--insecure-skip-tls-verify',
      '--username=x',
      '--password=y',
    ];
    const done = await kubectl(['get', 'pods', ...bare]);
    expect(done.code).not.toBe(0);
    expect(done.stderr).toMatch(/Unauthorized|must be logged in|system:anonymous/);
  });

  it('a body over 3 MiB is refused', async () => {
    const done = await kubectl(['create', '-f', '-'], {
      input: configMap('bad', `data: {a: "${'x'.repeat(3_300_000)}"}\n`),
    });
    expect(done.stderr).toMatch(/RequestEntityTooLarge|Request entity too large/i);
  });

  it('a pod that asks for more than any node has waits, and says why', async () => {
    await mustKubectl([
      'run',
      'giant',
      '--image=busybox:1.36',
      '--overrides',
      '{"spec":{"containers":[{"name":"giant","image":"busybox:1.36","resources":{"requests":{"cpu":"512"}}}]}}',
    ]);
    const text = await eventually('the reason', 20_000, async () => {
      const described = await mustKubectl(['describe', 'pod', 'giant']);
      return described.includes('FailedScheduling') ? described : undefined;
    });
    expect(text).toContain('0/2 nodes are available: 2 Insufficient cpu.');
    await mustKubectl(['delete', 'pod', 'giant']);
  });

  it('an image that does not exist is ErrImagePull, then backs off', async () => {
    await mustKubectl(['run', 'nothing', '--image=localhost:1/no/such:image']);
    const reason = await eventually('the reason', 60_000, async () => {
      const pod = await getJson<Pod>('pod', 'nothing');
      const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting?.reason;
      return waiting === 'ErrImagePull' || waiting === 'ImagePullBackOff' ? waiting : undefined;
    });
    expect(['ErrImagePull', 'ImagePullBackOff']).toContain(reason);
    await mustKubectl(['delete', 'pod', 'nothing']);
    expect((await kubectl(['get', 'pod', 'nothing'])).stderr).toContain(
      'Error from server (NotFound): pods "nothing" not found',
    );
  });
});
