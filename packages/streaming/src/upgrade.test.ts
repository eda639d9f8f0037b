import { type Bytes, fromUtf8 } from '@trireme/base';
import { expect, test } from 'vitest';
import { spdyRequest, webSocketRequest } from '../test/sessions.ts';
import { answerUpgrade } from './upgrade.ts';

const offer = { spdy: ['v4.channel.k8s.io', 'v3.channel.k8s.io'], webSocket: ['v5.channel.k8s.io'] };
const answer = (request: ReturnType<typeof spdyRequest>) => answerUpgrade(request, offer, () => undefined);

test('SPDY is agreed upon in the words of upstream; the client chooses the version', () => {
  const response = answer(spdyRequest('v9.channel.k8s.io', 'v3.channel.k8s.io', 'v4.channel.k8s.io'));
  expect(response.status).toBe(101);
  expect(response.headers).toEqual({
    connection: 'Upgrade',
    upgrade: 'SPDY/3.1',
    'x-stream-protocol-version': 'v3.channel.k8s.io',
  });
});

test('WebSocket is agreed upon as RFC 6455 has it', () => {
  expect(answer(webSocketRequest('x', 'v5.channel.k8s.io'))).toMatchObject({
    status: 101,
    headers: { 'sec-websocket-protocol': 'v5.channel.k8s.io', 'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' },
  });
});

const plain = (headers: Record<string, string>) => ({ method: 'POST', path: '/', headers });
const noneFits =
  'unable to upgrade: unable to negotiate protocol: client supports [v1 v2], server accepts [v4.channel.k8s.io v3.channel.k8s.io]\n';

test.each([
  ['no version that fits', spdyRequest('v1', 'v2'), 403, noneFits],
  [
    'no version',
    plain({ upgrade: 'SPDY/3.1', connection: 'Upgrade' }),
    400,
    'unable to upgrade: X-Stream-Protocol-Version is required\n',
  ],
  [
    'no upgrade',
    plain({ 'x-stream-protocol-version': 'v4.channel.k8s.io' }),
    400,
    'missing upgrade headers in request',
  ],
  [
    'another upgrade',
    { ...spdyRequest('v4.channel.k8s.io'), headers: { ...spdyRequest('v4.channel.k8s.io').headers, upgrade: 'h2c' } },
    400,
    'missing upgrade headers',
  ],
  ['no protocol of WebSocket', webSocketRequest('v1'), 403, 'none of the WebSocket protocols v1 is known'],
  [
    'a bad key',
    {
      ...webSocketRequest('v5.channel.k8s.io'),
      headers: { ...webSocketRequest('v5.channel.k8s.io').headers, 'sec-websocket-key': 'x' },
    },
    400,
    'a key of 16 bytes',
  ],
])('refuses %s', (_name, request, status, text) => {
  const response = answer(request);
  expect(response.status).toBe(status);
  expect(fromUtf8(response.body as Bytes)).toContain(text);
});

test('a refusal lists the versions in a header, too', () => {
  expect(answer(spdyRequest('v1')).headers['x-accepted-stream-protocol-versions']).toBe(
    'v4.channel.k8s.io, v3.channel.k8s.io',
  );
});
