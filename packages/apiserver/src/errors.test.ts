import { type Kv, KvError, type KvErrorCode, type Logger } from '@trireme/ports';
import { createMemoryKv, createVirtualTime, type VirtualTime } from '@trireme/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, configMap, startTestServer, type TestServer } from './testing/harness.ts';

const maps = '/api/v1/namespaces/default/configmaps';

let time: VirtualTime;
let test: TestServer;
let logged: unknown[];
/** What the store does to writes, and to reads. */
let onWrite: (() => Promise<never>) | undefined;
let onRead: (() => Promise<never>) | undefined;

beforeEach(async () => {
  time = createVirtualTime();
  logged = [];
  onWrite = undefined;
  onRead = undefined;
  const memory = createMemoryKv({ time });
  const kv: Kv = {
    ...memory,
    txn: (request, options) => onWrite?.() ?? memory.txn(request, options),
    range: (request, options) => onRead?.() ?? memory.range(request, options),
  };
  const logger: Logger = { log: (_level, _message, fields) => logged.push(fields), with: () => logger };
  test = await startTestServer({ kv, time, logger });
});

describe('a store that fails', () => {
  it.each<[KvErrorCode, number, string]>([
    ['unavailable', 503, 'ServiceUnavailable'],
    ['stopped', 503, 'ServiceUnavailable'],
    ['request-too-large', 413, 'RequestEntityTooLarge'],
    ['no-space', 500, 'InternalError'],
    ['too-many-requests', 429, 'TooManyRequests'],
  ])('with %s is a %i', async (code, status, reason) => {
    onWrite = () => Promise.reject(new KvError(code, 'etcdserver: something inside'));
    const { json } = await test.ask('POST', maps, configMap('a'));
    expect([json.code, json.reason]).toEqual([status, reason]);
    expect(json.message).not.toContain('etcdserver');
    onWrite = undefined;
    expect((await test.ask('GET', `${maps}/a`)).status).toBe(404);
  });

  it('says when to come again', async () => {
    onWrite = () => Promise.reject(new KvError('too-many-requests', 'x'));
    expect((await test.ask('POST', maps, configMap('a'))).headers['retry-after']).toBe('1');
  });
});

describe('a bug', () => {
  it('is a 500 that tells the client nothing and the log everything', async () => {
    onRead = () => Promise.reject(new TypeError('secret of the house'));
    const { status, text, json } = await test.ask('GET', `${maps}/a`);
    expect([status, json.kind, json.reason]).toEqual([500, 'Status', 'InternalError']);
    expect(text).not.toContain('secret');
    expect(JSON.stringify(logged)).toContain('secret of the house');
  });
});

describe('a store that never answers', () => {
  it('is a 504 after a minute, and never a hang', async () => {
    onRead = () => new Promise(() => undefined);
    let answer: Answer | undefined;
    void test.ask('GET', `${maps}/a`).then((came) => {
      answer = came;
    });
    await time.advance(59_000);
    expect(answer).toBeUndefined();
    await time.advance(2_000);
    expect(answer?.json).toMatchObject({ code: 504, reason: 'Timeout' });
  });
});

describe('a client certificate that does not verify', () => {
  it('is refused, not taken for nobody', async () => {
    const peer = { address: 'a', certificateError: 'unable to verify the first certificate' };
    const response = await test.server.handler({ method: 'GET', path: '/version', headers: {} }, peer);
    expect(response.status).toBe(401);
  });
});

describe('a method that is not served', () => {
  it.each([
    ['POST', `${maps}/a`],
    ['DELETE', '/api/v1/namespaces'],
    ['GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'],
  ])('%s %s is a 405', async (method, path) => {
    expect((await test.ask(method, path, {})).json).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
  });
});
