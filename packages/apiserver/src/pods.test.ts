import { fromUtf8, utf8 } from '@trireme/base';
import { type HttpRequest, readBody } from '@trireme/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { createStreamPair } from './index.ts';
import { addServiceAccount, pod, startTestServer, type TestJson, type TestServer } from './testing/harness.ts';

let test: TestServer;
let seen: HttpRequest[];
const pods = '/api/v1/namespaces/default/pods';

beforeEach(async () => {
  seen = [];
  test = await startTestServer({ options: { dialNode: (node) => kubelet(node) } });
  await addServiceAccount(test);
  await test.ask('POST', pods, pod('p'));
});

/** A kubelet that says what it was asked, and echoes what is streamed to it. */
function kubelet(node: string): ReturnType<TestServer['transport']> {
  if (node !== 'n1') throw new Error(`no route to ${node}`);
  return {
    async request(request) {
      seen.push(request);
      if (request.headers.upgrade) {
        const [near, far] = createStreamPair();
        void (async () => {
          for await (const bytes of far.incoming) await far.write(utf8(fromUtf8(bytes).toUpperCase()));
          far.end();
        })();
        return {
          status: 101,
          headers: { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
          body: utf8(''),
          stream: near,
        };
      }
      if (request.path.includes('previous'))
        return { status: 400, headers: {}, body: utf8('previous terminated container "c" not found') };
      return { status: 200, headers: {}, body: utf8('a line\n') };
    },
  };
}

const bind = (node: string): ReturnType<TestServer['ask']> =>
  test.ask('POST', `${pods}/p/binding`, { metadata: { name: 'p' }, target: { kind: 'Node', name: node } });

describe('ownership of fields', () => {
  const ownedFields = (json: TestJson): string => JSON.stringify(json.metadata?.managedFields);

  it('is not given for what admission adds, so that an apply may leave it out', async () => {
    const { json } = await test.ask('POST', `${pods}?fieldManager=me`, pod('owned'));
    expect(json.spec?.volumes).toHaveLength(1);
    expect(ownedFields(json)).toContain('"f:dnsPolicy"');
    expect(ownedFields(json)).not.toMatch(/f:(volumes|volumeMounts|tolerations|serviceAccountName|priority)"/);
  });

  it('is not given for what the server allocates', async () => {
    const service = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } };
    const { json } = await test.ask('POST', '/api/v1/namespaces/default/services?fieldManager=me', service);
    expect(json.spec?.clusterIP).toMatch(/\d/);
    expect(ownedFields(json)).toContain('"f:ports"');
    expect(ownedFields(json)).not.toContain('f:clusterIP');
  });

  it('stays with its owner when an update changes something else', async () => {
    const { json } = await test.ask('POST', `${pods}?fieldManager=me`, pod('owned'));
    const labelled = { ...json, metadata: { ...json.metadata, labels: { a: 'b' } } };
    const updated = await test.ask('PUT', `${pods}/owned?fieldManager=you`, labelled);
    expect(updated.json.metadata?.managedFields).toMatchObject([
      { manager: 'me' },
      { manager: 'you', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } } } },
    ]);
    expect(ownedFields(updated.json)).not.toContain('f:volumes');
  });
});

describe('binding', () => {
  it('gives a pod its node, once', async () => {
    const bound = await bind('n1');
    expect(bound.json).toMatchObject({ kind: 'Status', status: 'Success', code: 201 });
    const { json } = await test.ask('GET', `${pods}/p`);
    expect(json).toMatchObject({
      spec: { nodeName: 'n1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    });
    const again = await bind('n2');
    expect([again.status, again.json.reason]).toEqual([409, 'Conflict']);
    expect(again.json.message).toBe(
      'Operation cannot be fulfilled on pods "p": pod p is already assigned to node "n1"',
    );
  });

  it('happens once among many schedulers at once', async () => {
    const answers = await Promise.all(['n1', 'n2', 'n3', 'n4'].map(bind));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
  });

  it('to no node is refused', async () => {
    expect((await test.ask('POST', `${pods}/p/binding`, { target: {} })).status).toBe(422);
  });
});

describe('admission', () => {
  it('gives a pod its account, its token and its patience with nodes', async () => {
    const { json } = await test.ask('GET', `${pods}/p`);
    const name = json.spec?.volumes?.[0 as never]?.name;
    expect(String(name)).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
    expect(json.spec).toMatchObject({
      serviceAccountName: 'default',
      priority: 0,
      containers: [
        { volumeMounts: [{ name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }] },
      ],
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
    });
  });

  it('knows the priority classes', async () => {
    const make = (priorityClassName: string): ReturnType<TestServer['ask']> =>
      test.ask('POST', pods, {
        metadata: { generateName: 'x' },
        spec: { priorityClassName, containers: [{ name: 'c', image: 'i' }] },
      });
    expect((await make('system-node-critical')).json.spec?.priority).toBe(2_000_001_000);
    expect((await make('none')).json.message).toContain('no PriorityClass with name none was found');
  });

  it('evicts', async () => {
    const { status } = await test.ask('POST', `${pods}/p/eviction`, { metadata: { name: 'p' } });
    expect([status, (await test.ask('GET', `${pods}/p`)).status]).toEqual([201, 404]);
  });
});

describe('logs', () => {
  it('are empty before there is a node, and then what its kubelet says', async () => {
    expect(await test.ask('GET', `${pods}/p/log`)).toMatchObject({ status: 200, text: '' });
    await bind('n1');
    const { text, headers } = await test.ask('GET', `${pods}/p/log?follow=true&tailLines=5&other=1`);
    expect([text, headers['content-type']]).toEqual(['a line\n', 'text/plain']);
    expect(seen[0]?.path).toBe('/containerLogs/default/p/c?follow=true&tailLines=5');
  });

  it.each([
    ['container=nope', 400, 'container nope is not valid for pod p'],
    ['previous=true', 400, 'previous terminated container "c" not found'],
  ])('with %s are refused', async (query, code, message) => {
    await bind('n1');
    expect((await test.ask('GET', `${pods}/p/log?${query}`)).json).toMatchObject({ code, message });
  });

  it('from a node that is gone are an error and not a hang', async () => {
    await bind('n9');
    expect((await test.ask('GET', `${pods}/p/log`)).json).toMatchObject({
      code: 500,
      message: 'Internal error occurred: error dialing backend: no route to n9',
    });
  });
});

describe('exec', () => {
  it("passes bytes both ways, and keeps the caller's credentials to itself", async () => {
    await bind('n1');
    const headers = {
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': 'v4.channel.k8s.io',
      authorization: 'Bearer x',
    };
    const response = await test.transport().request({
      method: 'POST',
      path: `${pods}/p/exec?command=sh&command=-c&stdin=true&stdout=true&tty=true`,
      headers,
    });
    expect([response.status, response.headers['x-stream-protocol-version']]).toEqual([101, 'v4.channel.k8s.io']);
    expect(seen[0]?.path).toBe('/exec/default/p/c?command=sh&command=-c&input=1&output=1&tty=1');
    expect(seen[0]?.headers.authorization).toBeUndefined();
    await response.stream?.write(utf8('hello'));
    response.stream?.end();
    let text = '';
    for await (const bytes of response.stream?.incoming ?? []) text += fromUtf8(bytes);
    expect(text).toBe('HELLO');
  });

  it('needs an upgrade and a node', async () => {
    expect((await test.ask('POST', `${pods}/p/exec?command=sh`)).json.message).toBe(
      'pod p does not have a host assigned',
    );
    await bind('n1');
    expect((await test.ask('POST', `${pods}/p/exec?command=sh`)).json.message).toBe('Upgrade request required');
  });

  it('forwards ports', async () => {
    await bind('n1');
    const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'k' };
    const response = await test.transport().request({ method: 'GET', path: `${pods}/p/portforward?ports=80`, headers });
    expect([response.status, seen[0]?.path, seen[0]?.headers['sec-websocket-key']]).toEqual([
      101,
      '/portForward/default/p?port=80',
      'k',
    ]);
    await readBody(response.body, 10);
  });
});
