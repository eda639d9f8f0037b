import { StatusError } from '@trireme/api-machinery';
import { type Bytes, fromUtf8, utf8 } from '@trireme/base';
import type { HttpRequest, HttpResponse, HttpTransport } from '@trireme/ports';
import { deployments, namespaces, pods } from '@trireme/schema/resources';
import type { Pod } from '@trireme/schema/types/core/v1';
import { createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import type { ApiClient } from './api-client.ts';
import { createApiClient } from './create-api-client.ts';

const pod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'ns' },
  spec: { containers: [] },
});

function setup(...answers: readonly (Partial<HttpResponse> | Error)[]) {
  const requests: HttpRequest[] = [];
  const time = createVirtualTime();
  const transport: HttpTransport = {
    async request(request) {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push(request);
      if (answer instanceof Error) throw answer;
      return { status: 200, headers: {}, body: utf8('{}'), ...answer };
    },
  };
  return { client: createApiClient(transport, { time, userAgent: 'test/1', token: () => 'secret' }), requests, time };
}

const status = (code: number, reason: string): Uint8Array<ArrayBuffer> =>
  utf8(
    JSON.stringify({ apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', reason, code, message: 'no' }),
  );

describe('requests', () => {
  const cases: readonly [string, (client: ApiClient) => Promise<unknown>, string, string][] = [
    ['get', (c) => c.resource(pods).get({ name: 'a', namespace: 'ns' }), 'GET', '/api/v1/namespaces/ns/pods/a'],
    ['list everywhere', (c) => c.resource(pods).list(), 'GET', '/api/v1/pods'],
    [
      'list selected',
      (c) => c.resource(deployments).list({ namespace: 'ns', labelSelector: 'a=b,c in (d)', limit: 5 }),
      'GET',
      '/apis/apps/v1/namespaces/ns/deployments?labelSelector=a%3Db%2Cc%20in%20(d)&limit=5',
    ],
    [
      'update status',
      (c) => c.resource(pods).update(pod('a'), { subresource: 'status', fieldManager: 'me' }),
      'PUT',
      '/api/v1/namespaces/ns/pods/a/status?fieldManager=me',
    ],
    [
      'dry run of a create',
      (c) => c.resource(pods).create(pod('a'), { dryRun: true }),
      'POST',
      '/api/v1/namespaces/ns/pods?dryRun=All',
    ],
    ['cluster scope', (c) => c.resource(namespaces).delete({ name: 'x' }), 'DELETE', '/api/v1/namespaces/x'],
    [
      'subresource',
      (c) => c.resource(pods).createSubresource({ name: 'a', namespace: 'ns' }, 'binding', {}),
      'POST',
      '/api/v1/namespaces/ns/pods/a/binding',
    ],
    [
      'delete collection',
      (c) => c.resource(pods).deleteCollection({ namespace: 'ns', labelSelector: 'a' }),
      'DELETE',
      '/api/v1/namespaces/ns/pods?labelSelector=a',
    ],
  ];
  it.each(cases)('%s', async (_, call, method, path) => {
    const { client, requests } = setup({});
    await call(client);
    expect(requests.map((request) => [request.method, request.path])).toEqual([[method, path]]);
    expect(requests[0]?.headers).toMatchObject({
      accept: 'application/json',
      authorization: 'Bearer secret',
      'user-agent': 'test/1',
    });
  });

  it.each([
    ['merge', 'application/merge-patch+json'],
    ['strategic', 'application/strategic-merge-patch+json'],
    ['apply', 'application/apply-patch+yaml'],
  ] as const)('says the type of a %s patch', async (type, contentType) => {
    const { client, requests } = setup({});
    await client.resource(pods).patch({ name: 'a', namespace: 'ns' }, { type, body: { a: 1 } }, { force: true });
    expect(requests[0]?.headers['content-type']).toBe(contentType);
    expect(requests[0]?.path).toContain('force=true');
  });

  it('sends preconditions, grace and propagation of a delete', async () => {
    const { client, requests } = setup({});
    await client
      .resource(pods)
      .delete({ name: 'a', namespace: 'ns' }, { uid: 'u', gracePeriodSeconds: 0, propagationPolicy: 'Orphan' });
    expect(JSON.parse(fromUtf8(requests[0]?.body as Bytes))).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
      propagationPolicy: 'Orphan',
      preconditions: { uid: 'u' },
    });
  });

  it('follows continue, and asks for the whole where a page expired', async () => {
    const page = (names: readonly string[], token?: string) => ({
      body: utf8(JSON.stringify({ metadata: { resourceVersion: '7', continue: token }, items: names.map(pod) })),
    });
    const paged = setup(page(['a'], 't'), page(['b']));
    const all = await paged.client.resource(pods).listAll({ limit: 1 });
    expect(all.items.map((item) => item.metadata.name)).toEqual(['a', 'b']);
    const expired = setup(page(['a'], 't'), { status: 410, body: status(410, 'Expired') }, page(['a', 'b', 'c']));
    expect((await expired.client.resource(pods).listAll({ limit: 1 })).items).toHaveLength(3);
    expect(expired.requests.map((request) => request.path)).toEqual([
      '/api/v1/pods?limit=1',
      '/api/v1/pods?limit=1&continue=t',
      '/api/v1/pods',
    ]);
  });
});

describe('errors', () => {
  it('become the StatusError that the server sent', async () => {
    const { client } = setup({ status: 404, body: status(404, 'NotFound') });
    const error = await client
      .resource(namespaces)
      .get({ name: 'x' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StatusError);
    expect(error).toMatchObject({ code: 'NotFound', status: { code: 404, message: 'no' } });
  });

  it('keep what a proxy said instead of a Status', async () => {
    const { client } = setup({ status: 503, body: utf8('upstream gone') });
    await expect(client.resource(namespaces).get({ name: 'x' })).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      status: { code: 503, message: expect.stringContaining('upstream gone') },
    });
  });

  it('have code 0 where no response came', async () => {
    const { client } = setup(new Error('connection refused'));
    await expect(client.resource(namespaces).get({ name: 'x' })).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      status: { code: 0, message: expect.stringContaining('connection refused') },
    });
  });

  it('wait as long as Retry-After says, and give up in the end', async () => {
    const busy = { status: 429, headers: { 'retry-after': '2' }, body: status(429, 'TooManyRequests') };
    const { client, requests, time } = setup(busy, busy, {});
    const done = client.resource(namespaces).get({ name: 'x' });
    await time.advance(3999);
    expect(requests).toHaveLength(2);
    await time.advance(1);
    await done;
    const always = setup(busy);
    const failed = always.client
      .resource(namespaces)
      .get({ name: 'x' })
      .catch((error: unknown) => error);
    await always.time.advance(60_000);
    expect(await failed).toMatchObject({ code: 'TooManyRequests' });
    expect(always.requests).toHaveLength(11);
  });
});

describe('watch', () => {
  const lines = [
    { type: 'ADDED', object: pod('ä') },
    { type: 'BOOKMARK', object: { kind: 'Pod', apiVersion: 'v1', metadata: { resourceVersion: '9' } } },
    { type: 'DELETED', object: pod('b') },
  ];
  const bytes = utf8(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

  it.each([1, 2, 3, 7, 50, 10_000])('puts events together from chunks of %d bytes', async (size) => {
    async function* chunks(): AsyncGenerator<Bytes> {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const { client, requests } = setup({ body: chunks() });
    const events = [];
    for await (const event of client.resource(pods).watch({ resourceVersion: '5', allowBookmarks: true })) {
      events.push(event);
    }
    expect(events).toEqual(lines);
    expect(requests[0]?.path).toBe('/api/v1/pods?resourceVersion=5&watch=true&allowWatchBookmarks=true');
  });

  it('ends when it is cancelled, even where the connection does not notice', async () => {
    async function* silent(): AsyncGenerator<Bytes> {
      yield bytes;
      await new Promise(() => undefined);
    }
    const cancel = new AbortController();
    const { client } = setup({ body: silent() });
    let seen = 0;
    for await (const _ of client.resource(pods).watch({ signal: cancel.signal })) {
      if (++seen === lines.length) cancel.abort();
    }
    expect(seen).toBe(lines.length);
  });

  it('throws an ERROR event as its Status, and a broken stream as no response', async () => {
    const gone = utf8(`{"type":"ERROR","object":${fromUtf8(status(410, 'Expired'))}}\n`);
    const consume = async (body: HttpResponse['body']): Promise<void> => {
      for await (const _ of setup({ body }).client.resource(pods).watch({}));
    };
    await expect(consume(gone)).rejects.toMatchObject({ code: 'Expired', status: { code: 410 } });
    await expect(consume(bytes.subarray(0, bytes.length - 5))).rejects.toMatchObject({ status: { code: 0 } });
  });
});
