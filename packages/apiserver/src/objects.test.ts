import { beforeEach, describe, expect, it } from 'vitest';
import { addServiceAccount, configMap, pod, startTestServer, type TestServer } from './testing/harness.ts';

let test: TestServer;
const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';

beforeEach(async () => {
  test = await startTestServer();
});

describe('create', () => {
  it('fills in what the server owns and keeps what the user said', async () => {
    const { status, json } = await test.ask('POST', maps, configMap('a', { k: 'v' }));
    expect(status).toBe(201);
    expect(json).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { k: 'v' } });
    expect(json.metadata).toMatchObject({ name: 'a', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' });
    expect(json.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(Number(json.metadata?.resourceVersion)).toBeGreaterThan(1);
    expect((await test.ask('GET', `${maps}/a`)).json).toEqual(json);
  });

  it('makes up a name where only its start is given, another each time', async () => {
    const make = async (): Promise<string> =>
      String(
        (await test.ask('POST', maps, { ...configMap(''), metadata: { generateName: 'x-' } })).json.metadata?.name,
      );
    const [a, b] = [await make(), await make()];
    expect(a).toMatch(/^x-[a-z0-9]{5}$/);
    expect(a).not.toBe(b);
  });

  const refusals: readonly [string, string, unknown, number, string, string][] = [
    ['a name that is taken', maps, configMap('taken'), 409, 'AlreadyExists', 'configmaps "taken" already exists'],
    [
      'a namespace that is not there',
      '/api/v1/namespaces/nope/configmaps',
      configMap('a'),
      404,
      'NotFound',
      'namespaces "nope" not found',
    ],
    [
      'another namespace than the path',
      maps,
      configMap('a', {}, { namespace: 'other' }),
      400,
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'another kind',
      maps,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } },
      400,
      'BadRequest',
      'cannot be handled as a ConfigMap',
    ],
    ['text that is no JSON', maps, '{"a"', 400, 'BadRequest', ''],
    [
      'a wrong type',
      maps,
      { ...configMap('a'), data: 5 },
      400,
      'BadRequest',
      'cannot unmarshal number into Go struct field ConfigMap.data',
    ],
    [
      'a name that breaks the rules',
      maps,
      configMap('A_b'),
      422,
      'Invalid',
      'a lowercase RFC 1123 subdomain must consist of',
    ],
    [
      'a pod without a service account',
      pods,
      pod('p'),
      403,
      'Forbidden',
      'error looking up service account default/default: serviceaccount "default" not found',
    ],
  ];
  it.each(refusals)('refuses %s', async (_what, path, body, code, reason, message) => {
    await test.ask('POST', maps, configMap('taken'));
    const before = (await test.ask('GET', maps)).json.items;
    const { status, json } = await test.ask('POST', path, body);
    expect([status, json.kind, json.code, json.reason]).toEqual([code, 'Status', code, reason]);
    expect(json.message).toContain(message);
    expect((await test.ask('GET', maps)).json.items).toEqual(before);
  });

  it('refuses a body over 3 MiB with 413', async () => {
    const { status, json } = await test.ask('POST', maps, configMap('big', { k: 'x'.repeat(3 << 20) }));
    expect([status, json.reason]).toEqual([413, 'RequestEntityTooLarge']);
    expect(json.message).toContain('limit is 3145728');
  });

  it('warns of unknown fields, or refuses or ignores them as asked', async () => {
    const body = { ...configMap('w'), foo: 1 };
    const warned = await test.ask('POST', `${maps}?dryRun=All`, body);
    expect([warned.status, warned.headers.warning]).toEqual([201, '299 - "unknown field \\"foo\\""']);
    const strict = await test.ask('POST', `${maps}?dryRun=All&fieldValidation=Strict`, body);
    expect(strict.json.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo"',
    );
    const ignored = await test.ask('POST', `${maps}?dryRun=All&fieldValidation=Ignore`, body);
    expect(ignored.headers.warning).toBeUndefined();
  });

  it('warns whoever uses an API that is on its way out', async () => {
    const endpoints = '/api/v1/namespaces/default/endpoints';
    const text = '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';
    expect((await test.ask('GET', endpoints)).headers.warning).toBe(text);
    expect((await test.ask('POST', endpoints, { metadata: { name: 'e' } })).headers.warning).toBe(text);
    expect((await test.ask('GET', `${endpoints}/none`)).headers.warning).toBe(text);
  });

  it('writes nothing on a dry run', async () => {
    const { status, json } = await test.ask('POST', `${maps}?dryRun=All`, configMap('dry'));
    expect([status, json.metadata?.name, json.metadata?.resourceVersion]).toEqual([201, 'dry', undefined]);
    expect((await test.ask('GET', `${maps}/dry`)).status).toBe(404);
  });
});

describe('update', () => {
  it('is refused with a stale resourceVersion, and done without one', async () => {
    const first = (await test.ask('POST', maps, configMap('a', { n: '1' }))).json;
    const second = await test.ask('PUT', `${maps}/a`, { ...first, data: { n: '2' } });
    expect([second.status, second.json.data]).toEqual([200, { n: '2' }]);
    const stale = await test.ask('PUT', `${maps}/a`, { ...first, data: { n: '3' } });
    expect([stale.status, stale.json.reason]).toEqual([409, 'Conflict']);
    expect(stale.json.message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
    expect((await test.ask('PUT', `${maps}/a`, configMap('a', { n: '4' }))).json.data).toEqual({ n: '4' });
  });

  it('that changes nothing keeps the resourceVersion', async () => {
    const first = (await test.ask('POST', maps, configMap('a', { n: '1' }))).json;
    const again = (await test.ask('PUT', `${maps}/a`, first)).json;
    expect(again.metadata?.resourceVersion).toBe(first.metadata?.resourceVersion);
  });

  it('keeps what only the server sets', async () => {
    const first = (await test.ask('POST', maps, configMap('a'))).json;
    const body = configMap('a', { x: 'y' }, { creationTimestamp: null });
    const { json } = await test.ask('PUT', `${maps}/a`, body);
    expect(json.metadata).toMatchObject({
      uid: first.metadata?.uid,
      creationTimestamp: first.metadata?.creationTimestamp,
    });
  });

  it('does not lose one of many patches at once', async () => {
    await test.ask('POST', maps, configMap('a'));
    const patch = (i: number): Promise<{ readonly status: number }> =>
      test.ask(
        'PATCH',
        `${maps}/a`,
        { data: { [`k${i}`]: 'v' } },
        { headers: { 'content-type': 'application/merge-patch+json' } },
      );
    const statuses = await Promise.all(Array.from({ length: 12 }, (_, i) => patch(i)));
    expect(statuses.every(({ status }) => status === 200)).toBe(true);
    expect(Object.keys((await test.ask('GET', `${maps}/a`)).json.data ?? {})).toHaveLength(12);
  });
});

describe('patch', () => {
  const patches: readonly [string, unknown, object][] = [
    ['application/json-patch+json', [{ op: 'add', path: '/data/b', value: '2' }], { a: '1', b: '2' }],
    ['application/merge-patch+json', { data: { a: null, b: '2' } }, { b: '2' }],
    ['application/strategic-merge-patch+json', { data: { b: '2' } }, { a: '1', b: '2' }],
    [
      'application/apply-patch+yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {b: "2"}\n',
      { a: '1', b: '2' },
    ],
  ];
  it.each(patches)('%s', async (type, body, data) => {
    await test.ask('POST', maps, configMap('m', { a: '1' }));
    const path = `${maps}/m?fieldManager=me&force=${type.includes('apply')}`.replace('&force=false', '');
    const { status, json } = await test.ask('PATCH', path, body, { headers: { 'content-type': type } });
    expect([status, json.data]).toEqual([200, data]);
  });

  it('by apply creates what is missing and says who owns what', async () => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\ndata: {a: "1"}\n';
    const { status, json } = await test.ask('PATCH', `${maps}/new?fieldManager=me`, body, { headers });
    expect(status).toBe(201);
    expect(json.metadata?.managedFields?.[0 as never]).toMatchObject({ manager: 'me', operation: 'Apply' });
    const other = body.replace('"1"', '"2"');
    const conflict = await test.ask('PATCH', `${maps}/new?fieldManager=you`, other, { headers });
    expect([conflict.status, conflict.json.reason]).toEqual([409, 'Conflict']);
    expect(conflict.json.message).toContain('conflict with "me": .data.a');
  });

  it('of an unknown type is refused', async () => {
    const { status, json } = await test.ask('PATCH', `${maps}/m`, '{}', { headers: { 'content-type': 'text/plain' } });
    expect([status, json.reason]).toEqual([415, 'UnsupportedMediaType']);
  });
});

describe('delete', () => {
  it('answers with a Status, and then there is nothing', async () => {
    const { json } = await test.ask('POST', maps, configMap('a'));
    const deleted = await test.ask('DELETE', `${maps}/a`);
    expect(deleted.json).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: json.metadata?.uid },
    });
    expect((await test.ask('DELETE', `${maps}/a`)).json).toMatchObject({
      reason: 'NotFound',
      message: 'configmaps "a" not found',
    });
  });

  it('waits for finalizers, and goes with the last of them', async () => {
    await test.ask('POST', maps, configMap('a', {}, { finalizers: ['example.com/hold'] }));
    const marked = await test.ask('DELETE', `${maps}/a`);
    expect(marked.json.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:00Z',
      deletionGracePeriodSeconds: 0,
    });
    const again = await test.ask('DELETE', `${maps}/a`);
    expect(again.json.metadata?.resourceVersion).toBe(marked.json.metadata?.resourceVersion);
    const headers = { 'content-type': 'application/merge-patch+json' };
    await test.ask('PATCH', `${maps}/a`, { metadata: { finalizers: null } }, { headers });
    expect((await test.ask('GET', `${maps}/a`)).status).toBe(404);
  });

  it.each([
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ])('with propagation %s leaves the object to the garbage collector', async (propagationPolicy, finalizer) => {
    await test.ask('POST', maps, configMap('a'));
    const { json } = await test.ask('DELETE', `${maps}/a`, {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy,
    });
    expect(json.metadata?.finalizers).toEqual([finalizer]);
  });

  it('holds to its preconditions', async () => {
    await test.ask('POST', maps, configMap('a'));
    const { status, json } = await test.ask('DELETE', `${maps}/a`, { preconditions: { uid: 'other' } });
    expect([status, json.reason]).toEqual([409, 'Conflict']);
    expect(json.message).toContain('the UID in the precondition (other) does not match the UID in record');
  });

  it('gives a running pod its time, and removes it when the kubelet says it has ended', async () => {
    await addServiceAccount(test);
    await test.ask('POST', pods, pod('p'));
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'n1' },
    };
    await test.ask('POST', `${pods}/p/binding`, binding);
    const marked = await test.ask('DELETE', `${pods}/p`);
    expect(marked.json.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
    });
    await test.ask('DELETE', `${pods}/p`, { gracePeriodSeconds: 0 });
    expect((await test.ask('GET', `${pods}/p`)).status).toBe(404);
  });

  it('of many takes those that match', async () => {
    for (const name of ['a', 'b', 'c'])
      await test.ask('POST', maps, configMap(name, {}, { labels: { in: String(name < 'c') } }));
    const { json } = await test.ask('DELETE', `${maps}?labelSelector=in%3Dtrue`);
    expect(json.kind).toBe('ConfigMapList');
    const left = (await test.ask('GET', maps)).json.items as unknown as { metadata: { name: string } }[];
    expect(left.map(({ metadata }) => metadata.name)).toEqual(['c']);
  });
});

describe('a namespace', () => {
  it('takes nothing new on its way out, and goes when its content is gone', async () => {
    const made = await test.ask('POST', '/api/v1/namespaces', { metadata: { name: 'foo' } });
    expect(made.json).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    const marked = await test.ask('DELETE', '/api/v1/namespaces/foo');
    expect(marked.json.status).toEqual({ phase: 'Terminating' });
    const refused = await test.ask('POST', '/api/v1/namespaces/foo/configmaps', configMap('a'));
    expect(refused.json).toMatchObject({
      code: 403,
      message:
        'configmaps "a" is forbidden: unable to create new content in namespace foo because it is being terminated',
      details: {
        causes: [
          { reason: 'NamespaceTerminating', message: 'namespace foo is being terminated', field: 'metadata.namespace' },
        ],
      },
    });
    const finalized = await test.ask('PUT', '/api/v1/namespaces/foo/finalize', {
      metadata: { name: 'foo' },
      spec: { finalizers: [] },
    });
    expect(finalized.status).toBe(200);
    expect((await test.ask('GET', '/api/v1/namespaces/foo')).status).toBe(404);
  });

  it('that holds the cluster together cannot be deleted', async () => {
    const { json } = await test.ask('DELETE', '/api/v1/namespaces/kube-system');
    expect(json.message).toBe('namespaces "kube-system" is forbidden: this namespace may not be deleted');
  });
});

describe('status and generation', () => {
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  const deployment = (replicas: number, status?: object): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: {
      replicas,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
    ...(status && { status }),
  });

  it('keep apart: the spec is written outside /status, and the status inside', async () => {
    const made = await test.ask('POST', deployments, deployment(1, { replicas: 9 }));
    expect([made.json.metadata?.generation, made.json.status]).toEqual([1, {}]);
    const written = await test.ask('PUT', `${deployments}/d/status`, deployment(7, { replicas: 3 }));
    expect([written.json.spec?.replicas, written.json.status?.replicas, written.json.metadata?.generation]).toEqual([
      1, 3, 1,
    ]);
    const scaled = await test.ask('PUT', `${deployments}/d`, deployment(2));
    expect([scaled.json.spec?.replicas, scaled.json.status?.replicas, scaled.json.metadata?.generation]).toEqual([
      2, 3, 2,
    ]);
  });

  it('are read and written through /scale', async () => {
    await test.ask('POST', deployments, deployment(1));
    const { json } = await test.ask('GET', `${deployments}/d/scale`);
    expect(json).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 1 },
      status: { selector: 'a=b' },
    });
    await test.ask('PUT', `${deployments}/d/scale`, { metadata: { name: 'd' }, spec: { replicas: 4 } });
    const headers = { 'content-type': 'application/merge-patch+json' };
    const patched = await test.ask('PATCH', `${deployments}/d/scale`, { spec: { replicas: 5 } }, { headers });
    expect(patched.json.spec?.replicas).toBe(5);
    expect((await test.ask('GET', `${deployments}/d`)).json).toMatchObject({
      spec: { replicas: 5 },
      metadata: { generation: 3 },
    });
    const negative = await test.ask('PATCH', `${deployments}/d/scale`, { spec: { replicas: -1 } }, { headers });
    expect([negative.status, negative.json.reason]).toEqual([422, 'Invalid']);
  });
});

describe('events', () => {
  it('are the same objects in both groups, and go by themselves', async () => {
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      reason: 'Because',
      message: 'said',
      type: 'Normal',
    };
    expect((await test.ask('POST', '/api/v1/namespaces/default/events', event)).status).toBe(201);
    const other = await test.ask('GET', '/apis/events.k8s.io/v1/namespaces/default/events/e');
    expect(other.json).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'said', regarding: { name: 'p' } });
    await test.time.advance(2 * 3600 * 1000);
    expect((await test.ask('GET', '/api/v1/namespaces/default/events/e')).status).toBe(404);
  });
});
