import { X509Certificate } from 'node:crypto';
import { fromUtf8, utf8 } from '@trireme/base';
import { createSigningRequest, generateKeyPair } from '@trireme/pki';
import { type HttpResponse, readBody, silentLogger } from '@trireme/ports';
import { createSeededRandom } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import type { AgentJoinAnswer, AgentJoinRequest } from '../join/messages.ts';
import { withMemberApi } from './member-api.ts';
import { createSecrets } from './secrets.ts';

const secrets = await createSecrets('test', createSeededRandom(1), Date.now());
const network = {
  podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16',
  dnsAddress: '10.96.0.10',
  clusterDomain: 'cluster.local',
};
const report = { ready: true, memberId: '1', leaderId: '1', term: 2, revision: 3, raftIndex: 4, dataBytes: 5 };
const handler = withMemberApi(
  {
    clusterName: 'test',
    secrets,
    network,
    logger: silentLogger,
    nowMs: Date.now,
    endpoints: ['https://10.0.0.1:6443'],
    report: async () => report,
    addMember: async () => ({ memberId: '2', clusterName: 'test', peers: [] }),
  },
  async () => ({ status: 418, headers: {}, body: utf8('the API') }),
);

const ask = async (
  method: string,
  path: string,
  more: { token?: string; body?: unknown; organizations?: string[] } = {},
) => {
  const headers: Record<string, string> = more.token ? { authorization: `Bearer ${more.token}` } : {};
  const certificate = more.organizations && { commonName: 'x', organizations: more.organizations, fingerprint: '' };
  const body =
    more.body === undefined ? undefined : utf8(typeof more.body === 'string' ? more.body : JSON.stringify(more.body));
  const response: HttpResponse = await handler({ method, path, headers, body }, { address: '127.0.0.1', certificate });
  return { status: response.status, text: fromUtf8((await readBody(response.body, 1 << 20)) ?? new Uint8Array()) };
};

const keys = await generateKeyPair('ec');
const joinRequest = (nodeName: string): AgentJoinRequest => ({
  nodeName,
  addresses: ['10.0.0.9'],
  kubeletClient: createSigningRequest(keys.privateKeyPem, {
    commonName: 'whatever',
    organizations: ['system:masters'],
  }),
  kubeletServing: createSigningRequest(keys.privateKeyPem, { commonName: 'whatever' }, { dns: ['evil.example'] }),
  proxyClient: createSigningRequest(keys.privateKeyPem, { commonName: 'whatever' }),
});

describe('the member API', () => {
  it('leaves everything else to the apiserver', async () => {
    expect(await ask('GET', '/api/v1/pods')).toEqual({ status: 418, text: 'the API' });
  });

  it('shows its authority to everybody and its status to administrators', async () => {
    expect((await ask('GET', '/trireme/v1/ca')).text.trim()).toBe(secrets.ca.certificatePem.trim());
    expect((await ask('GET', '/trireme/v1/status')).status).toBe(403);
    expect((await ask('GET', '/trireme/v1/status', { organizations: ['system:nodes'] })).status).toBe(403);
    expect(JSON.parse((await ask('GET', '/trireme/v1/status', { organizations: ['system:masters'] })).text)).toEqual(
      report,
    );
  });

  it('signs for the node that joins, whatever its requests ask for', async () => {
    const answer = await ask('POST', '/trireme/v1/join/agent', {
      token: secrets.agentSecret,
      body: joinRequest('node-9'),
    });
    const { kubeletClient, kubeletServing } = JSON.parse(answer.text) as AgentJoinAnswer;
    expect(new X509Certificate(kubeletClient).subject).toBe('O=system:nodes\nCN=system:node:node-9');
    const serving = new X509Certificate(kubeletServing);
    expect(serving.subjectAltName).toBe('DNS:node-9, DNS:localhost, IP Address:10.0.0.9, IP Address:127.0.0.1');
    expect(serving.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it.each([
    ['no token', undefined, joinRequest('n'), 401],
    ["the server's token", secrets.serverSecret, joinRequest('n'), 401],
    ['a bad name', secrets.agentSecret, joinRequest('Bad Name'), 400],
    ['no JSON', secrets.agentSecret, 'hello', 400],
    ['a body without end', secrets.agentSecret, 'x'.repeat(70_000), 400],
  ])('refuses an agent with %s', async (_, token, body, status) => {
    expect((await ask('POST', '/trireme/v1/join/agent', { ...(token ? { token } : {}), body })).status).toBe(status);
  });

  it('gives the secrets to a server with the right token alone', async () => {
    const body = { memberId: '2', name: 'm2', peerUrl: 'https://10.0.0.2:6380' };
    expect((await ask('POST', '/trireme/v1/join/server', { token: secrets.agentSecret, body })).status).toBe(401);
    const answer = await ask('POST', '/trireme/v1/join/server', { token: secrets.serverSecret, body });
    expect(JSON.parse(answer.text)).toMatchObject({
      memberId: '2',
      secrets: { serverSecret: secrets.serverSecret },
      network,
    });
  });

  it.each([
    ['no id', { name: 'm2', peerUrl: 'https://10.0.0.2:6380' }],
    ['an id that is too large', { memberId: '9007199254740993', name: 'm2', peerUrl: 'https://10.0.0.2:6380' }],
    ['no URL', { memberId: '2', name: 'm2', peerUrl: 'over there' }],
  ])('refuses a server with %s', async (_, body) => {
    const answer = await ask('POST', '/trireme/v1/join/server', { token: secrets.serverSecret, body });
    expect(answer.status).toBe(400);
  });

  it('knows nothing else', async () => {
    expect((await ask('GET', '/trireme/v1/secrets')).status).toBe(404);
  });
});
