import { beforeEach, describe, expect, it } from 'vitest';
import {
  addServiceAccount,
  admin,
  configMap,
  pod,
  startTestServer,
  type TestServer,
  type TestUser,
} from './testing/harness.ts';

let test: TestServer;
const maps = '/api/v1/namespaces/default/configmaps';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const bob: TestUser = { name: 'bob', groups: ['dev'] };
const nobody: TestUser = {};

beforeEach(async () => {
  test = await startTestServer({
    auth: { staticTokens: () => [{ token: 't0ken', user: { name: 'joiner', groups: ['system:bootstrappers'] } }] },
  });
});

async function grant(name: string, rules: unknown, subject: object, namespace?: string): Promise<void> {
  const [role, binding] = namespace ? ['Role', 'RoleBinding'] : ['ClusterRole', 'ClusterRoleBinding'];
  const place = namespace ? `${rbac}/namespaces/${namespace}` : rbac;
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: role, name };
  await test.ask('POST', `${place}/${role.toLowerCase()}s`, { metadata: { name }, rules });
  const bound = await test.ask('POST', `${place}/${binding.toLowerCase()}s`, {
    metadata: { name },
    roleRef,
    subjects: [subject],
  });
  expect(bound.status).toBe(201);
  await test.time.settle();
}
const user = (name: string): object => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name });
const readMaps = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }];

describe('authentication', () => {
  const whoAmI = async (options: Parameters<TestServer['ask']>[3]): Promise<unknown> => {
    const { status, json } = await test.ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, options);
    return status === 201 ? [json.status?.userInfo?.username, json.status?.userInfo?.groups] : [status, json.message];
  };
  it.each<[string, Parameters<TestServer['ask']>[3], unknown]>([
    ['a client certificate', { user: bob }, ['bob', ['dev', 'system:authenticated']]],
    [
      'a static token',
      { user: nobody, headers: { authorization: 'Bearer t0ken' } },
      ['joiner', ['system:bootstrappers', 'system:authenticated']],
    ],
    ['a token nobody knows', { user: nobody, headers: { authorization: 'Bearer other' } }, [401, 'Unauthorized']],
    [
      'impersonation',
      { headers: { 'impersonate-user': 'eve', 'impersonate-group': 'a, b' } },
      ['eve', ['a', 'b', 'system:authenticated']],
    ],
    [
      'impersonation without permission',
      { user: bob, headers: { 'impersonate-user': 'eve' } },
      [
        403,
        'users "eve" is forbidden: User "bob" cannot impersonate resource "users" in API group "" at the cluster scope',
      ],
    ],
  ])('by %s', async (_what, options, expected) => {
    expect(await whoAmI(options)).toEqual(expected);
  });

  it.each([
    ['/healthz', 200],
    ['/version', 200],
    ['/api', 403],
    ['/api/v1/pods', 403],
  ])('lets anonymous users see %s with %i', async (path, status) => {
    const answer = await test.ask('GET', path, undefined, { user: nobody });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.json.message).toContain('User "system:anonymous" cannot');
  });
});

describe('service account tokens', () => {
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  const issue = async (spec: object): Promise<string> => {
    const { json } = await test.ask('POST', `${accounts}/default/token`, { spec });
    return String(json.status?.token);
  };
  const asToken = (token: string): Parameters<TestServer['ask']>[3] => ({
    user: nobody,
    headers: { authorization: `Bearer ${token}` },
  });
  const statusWith = async (token: string): Promise<number> =>
    (await test.ask('GET', maps, undefined, asToken(token))).status;

  beforeEach(async () => {
    await addServiceAccount(test);
    await grant('maps', readMaps, { kind: 'ServiceAccount', name: 'default', namespace: 'default' });
  });

  it('speak for the account until they expire', async () => {
    const token = await issue({ expirationSeconds: 600 });
    expect(await statusWith(token)).toBe(200);
    await test.time.advance(601_000);
    expect(await statusWith(token)).toBe(401);
  });

  it('are worth nothing once changed, for another audience, or after the account is gone', async () => {
    const token = await issue({});
    const [head, body, signature] = token.split('.');
    const other = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(body ?? '', 'base64url').toString()), sub: 'x', exp: 9e9 }),
    ).toString('base64url');
    expect(await statusWith(`${head}.${other}.${signature}`)).toBe(401);
    expect(await statusWith(await issue({ audiences: ['vault'] }))).toBe(401);
    expect(await statusWith(token)).toBe(200);
    await test.ask('DELETE', `${accounts}/default`);
    await addServiceAccount(test);
    expect(await statusWith(token)).toBe(401);
  });

  it('bound to a pod end with it', async () => {
    const made = await test.ask('POST', '/api/v1/namespaces/default/pods', pod('p'));
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: made.json.metadata?.uid };
    const token = await issue({ boundObjectRef });
    expect(await statusWith(token)).toBe(200);
    await test.ask('DELETE', '/api/v1/namespaces/default/pods/p');
    await test.time.settle();
    expect(await statusWith(token)).toBe(401);
    const { json } = await test.ask('POST', `${accounts}/default/token`, { spec: { boundObjectRef } });
    expect(json.message).toBe('pods "p" not found');
  });

  it('are reviewed over the API', async () => {
    const token = await issue({ audiences: ['vault'] });
    const review = async (audiences?: string[]): Promise<unknown> =>
      (await test.ask('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token, audiences } })).json
        .status;
    expect(await review(['vault', 'x'])).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
      user: { username: 'system:serviceaccount:default:default' },
    });
    expect(await review()).toMatchObject({ error: expect.any(String) });
  });
});

describe('authorization', () => {
  it("says who may not do what where, in upstream's words", async () => {
    const refused = async (method: string, path: string): Promise<unknown> =>
      (await test.ask(method, path, {}, { user: bob })).json.message;
    expect(await refused('GET', maps)).toBe(
      'configmaps is forbidden: User "bob" cannot list resource "configmaps" in API group "" in the namespace "default"',
    );
    expect(await refused('GET', '/api/v1/nodes/n')).toBe(
      'nodes "n" is forbidden: User "bob" cannot get resource "nodes" in API group "" at the cluster scope',
    );
    expect(await refused('PUT', '/apis/apps/v1/namespaces/a/deployments/d/scale')).toBe(
      'deployments.apps "d" is forbidden: User "bob" cannot update resource "deployments/scale" in API group "apps" in the namespace "a"',
    );
    expect(await refused('GET', '/metrics')).toBe('forbidden: User "bob" cannot get path "/metrics"');
  });

  it('follows bindings as they come and go, in their namespace only', async () => {
    await grant('reader', readMaps, user('bob'), 'default');
    const status = async (path: string): Promise<number> =>
      (await test.ask('GET', path, undefined, { user: bob })).status;
    expect([
      await status(maps),
      await status('/api/v1/configmaps'),
      await status('/api/v1/namespaces/kube-system/configmaps'),
    ]).toEqual([200, 403, 403]);
    await test.ask('DELETE', `${rbac}/namespaces/default/rolebindings/reader`);
    await test.time.settle();
    expect(await status(maps)).toBe(403);
  });

  it('answers questions about itself', async () => {
    await grant('reader', readMaps, user('bob'));
    const ask = async (verb: string): Promise<unknown> => {
      const spec = { resourceAttributes: { verb, resource: 'configmaps', namespace: 'default' } };
      return (await test.ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec }, { user: bob }))
        .json.status?.allowed;
    };
    expect([await ask('get'), await ask('delete')]).toEqual([true, false]);
    const spec = { user: 'bob', resourceAttributes: { verb: 'get', resource: 'secrets' } };
    const { json } = await test.ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec });
    expect(json.status).toEqual({ allowed: false });
    const rules = await test.ask(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      { spec: { namespace: 'default' } },
      { user: bob },
    );
    expect(rules.json.status?.resourceRules).toContainEqual(readMaps[0]);
  });

  it('lets nobody grant more than they hold', async () => {
    await grant(
      'roles',
      [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['create', 'get', 'update'] }, ...readMaps],
      user('bob'),
    );
    const make = async (rules: unknown): Promise<{ readonly status: number; readonly message: unknown }> => {
      const { status, json } = await test.ask(
        'POST',
        `${rbac}/clusterroles`,
        { metadata: { generateName: 'r-' }, rules },
        { user: bob },
      );
      return { status, message: json.message };
    };
    expect((await make(readMaps)).status).toBe(201);
    const refused = await make([{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]);
    expect(refused.status).toBe(403);
    expect(refused.message).toContain(
      'is forbidden: user "bob" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    );
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
    const bind = await test.ask(
      'POST',
      `${rbac}/clusterrolebindings`,
      { metadata: { name: 'x' }, roleRef, subjects: [user('bob')] },
      { user: bob },
    );
    expect(bind.status).toBe(403);
  });

  it('narrows a node to its own', async () => {
    await addServiceAccount(test);
    const node = (name: string): TestUser => ({ name: `system:node:${name}`, groups: ['system:nodes'] });
    const made = await test.ask('POST', '/api/v1/nodes', { metadata: { name: 'n1' } }, { user: node('n1') });
    expect(made.status).toBe(201);
    const other = await test.ask(
      'PATCH',
      '/api/v1/nodes/n1/status',
      {},
      { user: node('n2'), headers: { 'content-type': 'application/merge-patch+json' } },
    );
    expect(other.json.message).toBe('nodes "n1" is forbidden: node "n2" is not allowed to modify node "n1"');
    await test.ask('POST', maps, configMap('mine'));
    const get = async (name: string): Promise<number> =>
      (await test.ask('GET', `${maps}/mine`, undefined, { user: node(name) })).status;
    expect(await get('n1')).toBe(403);
    const spec = {
      nodeName: 'n1',
      containers: [{ name: 'c', image: 'i', envFrom: [{ configMapRef: { name: 'mine' } }] }],
    };
    expect((await test.ask('POST', '/api/v1/namespaces/default/pods', { metadata: { name: 'p' }, spec })).status).toBe(
      201,
    );
    await test.time.settle();
    expect([await get('n1'), await get('n2')]).toEqual([200, 403]);
  });
});

describe('bootstrap', () => {
  it('may run in three members at once, over one store', async () => {
    const others = await Promise.all([2, 3].map((seed) => startTestServer({ kv: test.kv, time: test.time, seed })));
    for (const member of [test, ...others]) {
      const { json } = await member.ask('GET', '/api/v1/namespaces', undefined, { user: admin });
      expect((json.items as unknown as unknown[]).length).toBe(4);
    }
  });

  it('keeps the endpoints of Service kubernetes equal to the members that live', async () => {
    const start = (ip: string, seed: number): Promise<TestServer> =>
      startTestServer({ kv: test.kv, time: test.time, seed, options: { advertise: { ip, port: 6443 } } });
    const [a, b] = [await start('10.0.0.1', 2), await start('10.0.0.2', 3)];
    const addresses = async (): Promise<unknown> => {
      const { json } = await test.ask('GET', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes');
      return (json.endpoints as unknown as { addresses: string[] }[]).flatMap((endpoint) => endpoint.addresses);
    };
    await test.time.advance(6000);
    expect(await addresses()).toEqual(['10.0.0.1', '10.0.0.2']);
    await a.server.stop();
    await test.time.advance(6000);
    expect(await addresses()).toEqual(['10.0.0.2']);
    await b.server.stop();
  });
});
