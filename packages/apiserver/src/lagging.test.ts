import { type Kv, sleep, type WatchResponse, type WatchStream } from '@trireme/ports';
import { createMemoryKv, createVirtualTime, type VirtualTime } from '@trireme/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, configMap, startTestServer, type TestServer } from './testing/harness.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
const lagMs = 800;

let time: VirtualTime;
let ahead: TestServer;
/** A server that learns of every change `lagMs` later than it happened. */
let behind: TestServer;

beforeEach(async () => {
  time = createVirtualTime();
  const kv = createMemoryKv({ time });
  ahead = await startTestServer({ kv, time });
  behind = await startTestServer({ kv: withLag(kv, time), time, seed: 2 });
  await time.advance(2 * lagMs);
});

function withLag(kv: Kv, of: VirtualTime): Kv {
  const late = async function* (stream: WatchStream): AsyncGenerator<WatchResponse> {
    for await (const response of stream) {
      await sleep(of, lagMs);
      yield response;
    }
  };
  return {
    ...kv,
    watch(request) {
      const stream = kv.watch(request);
      const lagging = late(stream);
      return {
        [Symbol.asyncIterator]: () => lagging,
        cancel: () => stream.cancel(),
        requestProgress: () => stream.requestProgress(),
      };
    },
  };
}

async function afterLag(answer: Promise<Answer>): Promise<Answer> {
  await time.advance(2 * lagMs);
  return await answer;
}

describe('a server that is behind', () => {
  it('waits with a list until it can show what was written before', async () => {
    await ahead.ask('POST', maps, configMap('a'));
    const { json } = await afterLag(behind.ask('GET', maps));
    expect((json.items as unknown as unknown[]).length).toBe(1);
  });

  it('shows what it has to those who are content with that', async () => {
    await ahead.ask('POST', maps, configMap('a'));
    const { json } = await behind.ask('GET', `${maps}?resourceVersion=0`);
    expect(json.items).toEqual([]);
  });

  it('gets one object as it is now', async () => {
    await ahead.ask('POST', maps, configMap('a'));
    expect((await behind.ask('GET', `${maps}/a`)).status).toBe(200);
  });

  it('decides about the newest object and not about the one it knows', async () => {
    await ahead.ask('POST', maps, configMap('a', { n: '1' }));
    expect((await behind.ask('PATCH', `${maps}/a`, { data: { m: '1' } }, merge)).json.data).toEqual({ n: '1', m: '1' });
    const current = (await ahead.ask('PATCH', `${maps}/a`, { data: { n: '2' } }, merge)).json;
    expect((await behind.ask('PUT', `${maps}/a`, current)).status).toBe(200);
    await ahead.ask('DELETE', `${maps}/a`);
    expect((await behind.ask('PATCH', `${maps}/a`, { data: { n: '3' } }, merge)).status).toBe(404);
    expect((await behind.ask('POST', maps, configMap('a'))).status).toBe(201);
  });

  it('finds a namespace that was made a moment ago elsewhere', async () => {
    await ahead.ask('POST', '/api/v1/namespaces', { metadata: { name: 'new' } });
    expect((await behind.ask('POST', '/api/v1/namespaces/new/configmaps', configMap('a'))).status).toBe(201);
  });

  it('gives out no address that was given elsewhere a moment ago', async () => {
    const services = '/api/v1/namespaces/default/services';
    const service = (name: string): object => ({
      metadata: { name },
      spec: { clusterIP: '10.96.0.9', ports: [{ port: 1 }] },
    });
    expect((await ahead.ask('POST', services, service('a'))).status).toBe(201);
    const { json } = await afterLag(behind.ask('POST', services, service('b')));
    expect(json).toMatchObject({ code: 422, reason: 'Invalid' });
  });

  it('goes on with a watch from a version that it has not reached yet', async () => {
    const { json } = await ahead.ask('POST', maps, configMap('a'));
    const opening = behind.watch(`${maps}?watch=1&resourceVersion=${json.metadata?.resourceVersion}`);
    await time.advance(2 * lagMs);
    const watch = await opening;
    await ahead.ask('POST', maps, configMap('b'));
    await time.advance(2 * lagMs);
    const events = await watch.take();
    expect(events.map(({ type, object }) => `${type} ${object?.metadata?.name}`)).toEqual(['ADDED b']);
  });
});
