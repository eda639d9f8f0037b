import { utf8 } from '@trireme/base';
import { type Kv, readBody, type WatchStream } from '@trireme/ports';
import { builtinTypes, createWatchFrameReader, decodeProtobuf } from '@trireme/schema';
import { beforeEach, describe, expect, it } from 'vitest';
import { configMap, startTestServer, type TestJson, type TestServer } from './testing/harness.ts';

let test: TestServer;
const maps = '/api/v1/namespaces/default/configmaps';

beforeEach(async () => {
  test = await startTestServer();
});

const make = async (...names: readonly string[]): Promise<void> => {
  for (const name of names) await test.ask('POST', maps, configMap(name, {}, { labels: { first: name.charAt(0) } }));
};
const patch = (name: string, body: object): Promise<unknown> =>
  test.ask('PATCH', `${maps}/${name}`, body, { headers: { 'content-type': 'application/merge-patch+json' } });
const namesOf = (list: TestJson): readonly string[] =>
  (list.items as unknown as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
const brief = (events: readonly TestJson[]): readonly string[] =>
  events.map(({ type, object }) => `${type} ${object?.metadata?.name ?? ''}`.trim());

describe('list', () => {
  it('is in key order, as of one revision, without the type of each item', async () => {
    await make('b', 'a', 'c');
    const { json } = await test.ask('GET', maps);
    expect([json.kind, json.apiVersion, namesOf(json)]).toEqual(['ConfigMapList', 'v1', ['a', 'b', 'c']]);
    expect(Object.keys((json.items as unknown as object[])[0] ?? {})).toEqual(['metadata', 'data']);
    const got = await test.ask('GET', `${maps}/c`);
    expect(Number(json.metadata?.resourceVersion)).toBeGreaterThanOrEqual(Number(got.json.metadata?.resourceVersion));
  });

  it.each([
    ['labelSelector=first%3Da', ['a1', 'a2']],
    ['labelSelector=first+in+(b,c)', ['b1']],
    ['fieldSelector=metadata.name%3Db1', ['b1']],
    ['fieldSelector=metadata.name!%3Db1', ['a1', 'a2']],
  ])('selects by %s', async (query, names) => {
    await make('a1', 'a2', 'b1');
    expect(namesOf((await test.ask('GET', `${maps}?${query}`)).json)).toEqual(names);
  });

  it('refuses selectors that it cannot read or does not support', async () => {
    expect((await test.ask('GET', `${maps}?labelSelector=a%3D%3D%3Db`)).json).toMatchObject({
      code: 400,
      reason: 'BadRequest',
    });
    const { json } = await test.ask('GET', `${maps}?fieldSelector=data.x%3D1`);
    expect(json.message).toContain('field label not supported: data.x');
  });

  it("comes in pages that all show the first one's moment", async () => {
    await make('a', 'b', 'c', 'd', 'e');
    const first = (await test.ask('GET', `${maps}?limit=2`)).json;
    expect([namesOf(first), first.metadata?.remainingItemCount]).toEqual([['a', 'b'], 3]);
    await make('cc');
    await test.ask('DELETE', `${maps}/d`);
    const second = (await test.ask('GET', `${maps}?limit=2&continue=${first.metadata?.continue}`)).json;
    expect([namesOf(second), second.metadata?.resourceVersion]).toEqual([['c', 'd'], first.metadata?.resourceVersion]);
    const third = (await test.ask('GET', `${maps}?limit=2&continue=${second.metadata?.continue}`)).json;
    expect([namesOf(third), third.metadata?.continue]).toEqual([['e'], undefined]);
  });

  it('fills pages also when a selector leaves many out', async () => {
    await make('a1', 'b1', 'a2', 'b2', 'a3');
    const first = (await test.ask('GET', `${maps}?limit=2&labelSelector=first%3Da`)).json;
    expect(namesOf(first)).toEqual(['a1', 'a2']);
    const next = (await test.ask('GET', `${maps}?limit=2&labelSelector=first%3Da&continue=${first.metadata?.continue}`))
      .json;
    expect(namesOf(next)).toEqual(['a3']);
  });

  it('says that a page is gone once history is, with a token for the rest', async () => {
    await make('a', 'b', 'c');
    const first = (await test.ask('GET', `${maps}?limit=1`)).json;
    await make('d');
    await test.kv.compact((await test.kv.status()).header.revision);
    const { json } = await test.ask('GET', `${maps}?limit=1&continue=${first.metadata?.continue}`);
    expect(json).toMatchObject({ code: 410, reason: 'Expired' });
    const rest = (await test.ask('GET', `${maps}?continue=${json.metadata?.continue}`)).json;
    expect(namesOf(rest)).toEqual(['b', 'c', 'd']);
  });

  it('at an exact version shows the past, and a version to come is told to wait', async () => {
    await make('a');
    const at = (await test.ask('GET', maps)).json.metadata?.resourceVersion;
    await make('b');
    const past = await test.ask('GET', `${maps}?resourceVersion=${at}&resourceVersionMatch=Exact`);
    expect(namesOf(past.json)).toEqual(['a']);
    const future = test.ask('GET', `${maps}?resourceVersion=9999`);
    await test.time.advance(4000);
    expect((await future).json).toMatchObject({
      code: 504,
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
    });
  });

  it('sees what was written just before, on every server', async () => {
    const other = await startTestServer({ kv: test.kv, time: test.time, seed: 2 });
    for (let i = 0; i < 20; i++) {
      await make(`n${i}`);
      expect(namesOf((await other.ask('GET', maps)).json)).toHaveLength(i + 1);
    }
  });
});

describe('watch', () => {
  it('tells every change after its version, in order', async () => {
    await make('a');
    const at = (await test.ask('GET', maps)).json.metadata?.resourceVersion;
    await patch('a', { data: { x: '1' } });
    const watch = await test.watch(`${maps}?watch=1&resourceVersion=${at}`);
    await make('b');
    await test.ask('DELETE', `${maps}/a`);
    const events = await watch.take();
    expect(brief(events)).toEqual(['MODIFIED a', 'ADDED b', 'DELETED a']);
    const versions = events.map(({ object }) => Number(object?.metadata?.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(events[0]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { x: '1' } });
  });

  it('without a version starts with what is there', async () => {
    await make('a', 'b');
    const watch = await test.watch(`${maps}?watch=true`);
    expect(brief(await watch.take())).toEqual(['ADDED a', 'ADDED b']);
  });

  it('with a selector shows an object that leaves it as deleted', async () => {
    const watch = await test.watch(`${maps}?watch=1&labelSelector=first%3Da`);
    await make('a1', 'b1');
    await patch('a1', { metadata: { labels: { first: 'z' } } });
    await patch('b1', { metadata: { labels: { first: 'a' } } });
    await test.ask('DELETE', `${maps}/a1`);
    expect(brief(await watch.take())).toEqual(['ADDED a1', 'DELETED a1', 'ADDED b1']);
  });

  it('is only of its namespace and its name', async () => {
    await test.ask('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
    const watch = await test.watch(`${maps}?watch=1&fieldSelector=metadata.name%3Da`);
    await make('a', 'ab');
    await test.ask('POST', '/api/v1/namespaces/other/configmaps', configMap('a'));
    expect(brief(await watch.take())).toEqual(['ADDED a']);
  });

  it('sends bookmarks when asked, and a last one ends the initial events', async () => {
    await make('a');
    const watch = await test.watch(
      `${maps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    );
    const first = await watch.take();
    expect(brief(first)).toEqual(['ADDED a', 'BOOKMARK']);
    expect(first[1]?.object).toMatchObject({
      kind: 'ConfigMap',
      metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
    await test.ask('POST', '/api/v1/namespaces', { metadata: { name: 'elsewhere' } });
    await test.time.advance(61_000);
    const [bookmark] = await watch.take();
    expect(bookmark).toMatchObject({ type: 'BOOKMARK' });
    expect(Number(bookmark?.object?.metadata?.resourceVersion)).toBeGreaterThan(
      Number(first[1]?.object?.metadata?.resourceVersion),
    );
  });

  it('from a version that is forgotten says 410', async () => {
    const small = await startTestServer({ options: { historySize: 4 } });
    for (let i = 0; i < 20; i++) await small.ask('POST', maps, configMap(`m${i}`));
    const { json } = await small.ask('GET', `${maps}?watch=1&resourceVersion=2`);
    expect(json).toMatchObject({ code: 410, reason: 'Expired' });
    expect(json.message).toMatch(/^too old resource version: 2 \(\d+\)$/);
  });

  it('ends after timeoutSeconds, and when the client leaves', async () => {
    const timed = await test.watch(`${maps}?watch=1&timeoutSeconds=5`);
    const left = await test.watch(`${maps}?watch=1`);
    await test.time.advance(5001);
    expect([timed.ended, left.ended]).toEqual([true, false]);
    left.close();
    await test.time.settle();
    await make('a');
    expect(await left.take()).toEqual([]);
  });

  it('costs nothing once its client has left before the answer', async () => {
    const before = test.time.pending;
    const gone = new AbortController();
    gone.abort();
    const path = `${maps}?watch=1&allowWatchBookmarks=1`;
    const peer = { address: 'a', certificate: { commonName: 'a', organizations: ['system:masters'], fingerprint: '' } };
    await test.server.handler({ method: 'GET', path, headers: {}, signal: gone.signal }, peer);
    expect(test.time.pending).toBe(before);
  });

  it('ends without an error when the server stops, so that the client goes on elsewhere', async () => {
    const watch = await test.watch(`${maps}?watch=1`);
    await make('a');
    await test.server.stop();
    expect([brief(await watch.take()), watch.ended]).toEqual([['ADDED a'], true]);
  });

  it('of a reader that never reads is ended before it costs unbounded memory', async () => {
    const response = await test.transport().request({ method: 'GET', path: `${maps}?watch=1`, headers: {} });
    for (let i = 0; i < 12; i++) await test.ask('POST', maps, configMap(`big${i}`, { x: 'y'.repeat(1 << 20) }));
    let size = 0;
    for await (const piece of response.body as AsyncIterable<Uint8Array>) size += piece.length;
    expect(size).toBeLessThan(10 << 20);
  });

  it('goes on through a broken store watch without a gap', async () => {
    const streams: WatchStream[] = [];
    const kv: Kv = {
      ...test.kv,
      watch(request) {
        const stream = test.kv.watch(request);
        streams.push(stream);
        return stream;
      },
    };
    const other = await startTestServer({ kv, time: test.time, seed: 2 });
    const watch = await other.watch(`${maps}?watch=1`);
    await make('a');
    await test.time.settle();
    streams.at(-1)?.cancel();
    await make('b');
    expect(brief(await watch.take())).toEqual(['ADDED a']);
    await test.time.advance(1000);
    expect(brief(await watch.take())).toEqual(['ADDED b']);
    expect(streams).toHaveLength(2);
  });
});

describe('forms', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

  it('a table has columns once and a row per object', async () => {
    await make('a');
    const list = await test.ask('GET', maps, undefined, { headers: { accept: table } });
    expect(list.json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(list.json.rows?.[0 as never]).toMatchObject({
      cells: ['a', 0, '0s'],
      object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } },
    });
    const watch = await test.watch(`${maps}?watch=1`, { headers: { accept: table } });
    await make('b');
    const events = await watch.take();
    const columns = events.map(({ object }) => (object?.columnDefinitions as unknown as unknown[] | undefined)?.length);
    expect([columns.length, (columns[0] ?? 0) > 0, columns[1]]).toEqual([2, true, 0]);
  });

  it('metadata alone', async () => {
    await make('a');
    const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    const { json } = await test.ask('GET', maps, undefined, { headers: { accept } });
    expect([json.kind, json.items?.[0 as never]?.kind, 'data' in (json.items?.[0 as never] ?? {})]).toEqual([
      'PartialObjectMetadataList',
      'PartialObjectMetadata',
      false,
    ]);
  });

  it('YAML', async () => {
    await make('a');
    const { text, headers } = await test.ask('GET', `${maps}/a`, undefined, {
      headers: { accept: 'application/yaml' },
    });
    expect([headers['content-type'], text.includes('kind: ConfigMap\n')]).toEqual(['application/yaml', true]);
    const body = utf8('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yam\ndata: {a: "1"}\n');
    const made = await test.ask('POST', maps, body, { headers: { 'content-type': 'application/yaml' } });
    expect([made.status, made.json.data]).toEqual([201, { a: '1' }]);
  });

  it('protobuf, in both directions', async () => {
    await make('a');
    const accept = 'application/vnd.kubernetes.protobuf';
    const ask = async (path: string): Promise<Uint8Array> => {
      const response = await test.transport().request({ method: 'GET', path, headers: { accept } });
      expect(response.headers['content-type']).toBe(accept);
      return (await readBody(response.body, 1 << 20)) ?? new Uint8Array(0);
    };
    const bytes = await ask(`${maps}/a`);
    expect(decodeProtobuf(builtinTypes, bytes).value).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'a' } });
    expect(decodeProtobuf(builtinTypes, await ask(maps)).value).toMatchObject({
      kind: 'ConfigMapList',
      items: [{ metadata: { name: 'a' } }],
    });
    await test.ask('DELETE', `${maps}/a`);
    const made = await test.ask('POST', maps, bytes, { headers: { 'content-type': accept } });
    expect([made.status, made.json.metadata?.name]).toEqual([201, 'a']);
  });

  it('protobuf, in the frames of a watch', async () => {
    await make('a');
    const path = `${maps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1`;
    const headers = { accept: 'application/vnd.kubernetes.protobuf' };
    const response = await test.transport().request({ method: 'GET', path, headers });
    expect(response.headers['content-type']).toBe('application/vnd.kubernetes.protobuf;stream=watch');
    const reader = createWatchFrameReader();
    const frames: [string, unknown][] = [];
    const reading = (async () => {
      for await (const piece of response.body as AsyncIterable<Uint8Array>) {
        for (const { type, object } of reader.push(piece))
          frames.push([type, decodeProtobuf(builtinTypes, object).value]);
      }
    })();
    await test.time.advance(1100);
    await reading;
    expect(frames).toMatchObject([
      ['ADDED', { kind: 'ConfigMap', metadata: { name: 'a' } }],
      ['BOOKMARK', { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } }],
    ]);
  });

  it('that nobody makes are 406', async () => {
    expect((await test.ask('GET', maps, undefined, { headers: { accept: 'image/png' } })).json).toMatchObject({
      code: 406,
      reason: 'NotAcceptable',
    });
  });
});

describe('discovery and the rest', () => {
  it.each([
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    ['/api/v1', { kind: 'APIResourceList', groupVersion: 'v1' }],
    ['/apis', { kind: 'APIGroupList' }],
    ['/apis/apps', { kind: 'APIGroup', name: 'apps', preferredVersion: { groupVersion: 'apps/v1' } }],
    ['/apis/apps/v1', { kind: 'APIResourceList', groupVersion: 'apps/v1' }],
    ['/version', { major: '1', minor: '36', gitVersion: 'v1.36.0' }],
    ['/openapi/v2', { swagger: '2.0' }],
    ['/openapi/v3/api/v1', { openapi: '3.0.0' }],
    ['/openid/v1/jwks', { keys: [{ kty: 'RSA' }] }],
  ])('%s', async (path, expected) => {
    expect((await test.ask('GET', path)).json).toMatchObject(expected);
  });

  it('aggregates all groups in one answer, not sent again while it is the same', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const first = await test.ask('GET', '/apis', undefined, { headers: { accept } });
    expect(first.json).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
    const again = await test.ask('GET', '/apis', undefined, {
      headers: { accept, 'if-none-match': first.headers.etag ?? '' },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it.each(['/healthz', '/livez', '/readyz', '/readyz/ping'])('%s is ok', async (path) => {
    expect(await test.ask('GET', path)).toMatchObject({ status: 200, text: 'ok' });
  });

  it.each([
    ['/nowhere', 404, '404 page not found\n'],
    ['/apis/none.example.com/v1/things', 404, 'the server could not find the requested resource'],
    ['/api/v1/things', 404, 'the server could not find the requested resource'],
  ])('%s is not there', async (path, status, text) => {
    const answer = await test.ask('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });
});
