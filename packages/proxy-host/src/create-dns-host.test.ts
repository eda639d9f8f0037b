import { decodeAnswers, encodeQuestion } from '@trireme/dns';
import type { DnsForwarder } from '@trireme/ports';
import { services } from '@trireme/schema/resources';
import { expect, it } from 'vitest';
import { createWorld, type World } from '../test/world.ts';
import { createDnsHost, type DnsHost } from './index.ts';

const name = 'web.default.svc.cluster.local';
const code = (reply: Uint8Array): number => (reply[3] ?? 0) & 15;
const [ok, serverFailure, noSuchName, refused] = [0, 2, 3, 5];

async function started(world: World, forwarder?: DnsForwarder): Promise<DnsHost> {
  const dns = createDnsHost({ ...world, forwarder });
  await Promise.all([dns.start(), world.time.advance(100)]);
  return dns;
}

it('answers for the cluster as it is now', async () => {
  const world = createWorld();
  const dns = createDnsHost(world);
  const ask = () => dns.answer(encodeQuestion(1, name, 'A'), 'udp');
  expect(code(await ask())).toBe(serverFailure);
  await world.addService('web');
  await Promise.all([dns.start(), world.time.advance(100)]);
  expect(decodeAnswers(await ask())).toEqual([{ name, ttl: 5, type: 'A', data: '10.96.0.20' }]);
  await world.api.resource(services).delete({ name: 'web', namespace: 'default' });
  await world.time.settle();
  expect(code(await ask())).toBe(noSuchName);
  expect(await dns.answer(new Uint8Array(3), 'udp')).toHaveLength(0);
  expect(code(await dns.answer(encodeQuestion(1, 'example.com', 'A'), 'udp'))).toBe(refused);
  await dns.stop();
});

it('asks others for what is theirs, and for where aliases lead', async () => {
  const world = createWorld();
  await world.addService('away', { type: 'ExternalName', externalName: 'example.com' });
  // Another cluster's DNS plays the world outside.
  const outside = createWorld();
  await outside.addService('web', { clusterIP: '192.0.2.7' });
  const upstream = createDnsHost(outside, { clusterDomain: 'com' });
  await Promise.all([upstream.start(), outside.time.advance(100)]);
  const asked: string[] = [];
  const forwarder: DnsForwarder = {
    async forward(message, transport) {
      asked.push(transport);
      return upstream.answer(message, transport);
    },
  };
  const dns = await started(world, forwarder);
  const reply = await dns.answer(encodeQuestion(9, 'web.default.svc.com', 'A'), 'tcp');
  expect([reply[1], decodeAnswers(reply)[0]?.data]).toEqual([9, '192.0.2.7']);
  const alias = 'away.default.svc.cluster.local';
  const followed = await dns.answer(encodeQuestion(9, alias, 'A'), 'udp');
  expect(decodeAnswers(followed)).toEqual([{ name: alias, ttl: 5, type: 'CNAME', data: 'example.com' }]);
  expect(asked).toEqual(['tcp', 'udp']);
  const broken = await started(createWorld(), { forward: () => Promise.reject(new Error('no route')) });
  expect(code(await broken.answer(encodeQuestion(9, 'example.com', 'A'), 'udp'))).toBe(serverFailure);
  expect(ok).toBe(code(followed));
});
