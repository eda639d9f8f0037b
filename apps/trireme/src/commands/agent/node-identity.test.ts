import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpsServer } from '@trireme/adapter-http';
import { createSystemTime } from '@trireme/adapter-system';
import { issue } from '@trireme/pki';
import { silentLogger } from '@trireme/ports';
import { createSeededRandom } from '@trireme/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { joinToken } from '../../join/token.ts';
import { withMemberApi } from '../../member/member-api.ts';
import { createSecrets } from '../../member/secrets.ts';
import type { AgentOptions } from './command-options.ts';
import { identifyNode } from './node-identity.ts';

const day = 86_400_000;

it('a node keeps who it is, and asks anew only when its address changed or its certificates end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trireme-node-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const time = createSystemTime();
  const secrets = await createSecrets('test', createSeededRandom(1), time.now());
  const names = { ips: ['127.0.0.1'] };
  const serving = await issue(secrets.ca, {
    subject: { commonName: 's' },
    usages: ['server'],
    names,
    validDays: 1,
    nowMs: time.now(),
  });
  let joins = 0;
  const handler = withMemberApi(
    {
      clusterName: 'test',
      secrets,
      network: { podCidr: '', serviceCidr: '', dnsAddress: '', clusterDomain: '' },
      logger: silentLogger,
      nowMs: time.now,
      endpoints: [],
      report: () => Promise.reject(new Error('not asked here')),
      addMember: () => Promise.reject(new Error('not asked here')),
    },
    async () => ({ status: 404, headers: {}, body: new Uint8Array() }),
  );
  const server = await createHttpsServer({
    handler: async (request, peer) => {
      if (request.path.endsWith('/join/agent')) joins += 1;
      return handler(request, peer);
    },
    listen: [{ host: '127.0.0.1', port: 0 }],
    tls: { cert: serving.certificatePem, key: serving.privateKeyPem },
    logger: silentLogger,
  });
  onTestFinished(() => server.close(0));
  const members = [`127.0.0.1:${server.addresses[0]?.port}`];
  const options = { join: members, token: joinToken(secrets, 'agent'), joinTimeout: 5000 } as unknown as AgentOptions;
  const identify = (address: string, laterMs = 0, more: Partial<AgentOptions> = {}) =>
    identifyNode(
      { time: { ...time, now: () => time.now() + laterMs }, logger: silentLogger },
      { ...options, ...more },
      folder,
      'n1',
      address,
    );

  const first = await identify('10.0.0.1');
  expect([await identify('10.0.0.1'), joins]).toEqual([first, 1]);
  const moved = await identify('10.0.0.2');
  expect(moved.kubeletServing).not.toBe(first.kubeletServing);
  expect(joins).toBe(2);
  await identify('10.0.0.2', 340 * day);
  expect(joins).toBe(3);
  // Without a token it goes on with what it has.
  const kept = await identify('10.0.0.3', 0, { join: [] });
  expect([kept.nodeName, joins]).toEqual(['n1', 3]);
});

it('a new node without a token is told where to get one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trireme-node-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const deps = { time: createSystemTime(), logger: silentLogger };
  await expect(identifyNode(deps, { join: [] } as unknown as AgentOptions, folder, 'n1', '10.0.0.1')).rejects.toThrow(
    './trireme token',
  );
});
