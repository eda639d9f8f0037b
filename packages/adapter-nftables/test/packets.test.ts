import { silentLogger } from '@trireme/ports';
import { changeNft, type RuleSet, renderNft, staleConnections } from '@trireme/service-proxy';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConntrack, createNftables, createRoutes } from '../src/index.ts';
import { rulesFor, web } from './objects.ts';
import { addresses, createWorld, inside, missingForWorld, run, type World } from './world.ts';

const missing = await missingForWorld();
if (missing) console.warn(`SKIPPED: no packets were sent through nftables, because: ${missing}.`);
const real = test.runIf(missing === undefined);

const [pod1, pod2] = addresses.pods;
const nodePort = 30_080;
let world: World;
let prefix: readonly string[];

beforeAll(async () => {
  if (missing) return;
  world = await createWorld();
  prefix = inside(world.node);
  await world.serve(world.pods[0], 'pod1', pod1, 8080);
  await world.serve(world.pods[1], 'pod2', pod2, 8080);
  await world.serve(world.node, 'node', addresses.node, 8080);
});
afterAll(async () => {
  await world?.remove();
});

const deps = (): { logger: typeof silentLogger; prefix: readonly string[] } => ({ logger: silentLogger, prefix });
/** A table without memories of the one before. */
const apply = async (rules: RuleSet): Promise<void> => {
  await createNftables(deps()).apply(renderNft(rules));
  await run(...inside(world.node, 'conntrack', '-F'));
};
const distinct = (answers: readonly string[]): readonly string[] => [...new Set(answers)].sort();

real('a cluster IP spreads over its endpoints, for pods, the node and others', async () => {
  await apply(rulesFor(web('web', { clusterIP: '10.113.0.20' }, [pod1, pod2])));
  const { client, node, pods } = world;
  // From a pod: its own address stays, but where it meets itself it would refuse its own packets.
  const fromPod = distinct(await world.ask(pods[0], 'tcp', '10.113.0.20', 80, 40));
  expect(fromPod).toEqual(['pod1 10.112.0.1', `pod2 ${pod1}`]);
  // From elsewhere: masqueraded, so that answers come back the same way.
  expect(distinct(await world.ask(client, 'tcp', '10.113.0.20', 80, 40))).toEqual([
    'pod1 10.112.0.1',
    'pod2 10.112.0.1',
  ]);
  expect(distinct(await world.ask(node, 'tcp', '10.113.0.20', 80, 40))).toEqual(['pod1 10.112.0.1', 'pod2 10.112.0.1']);
  expect(await world.ask(pods[1], 'udp', '10.113.0.20', 80)).toHaveLength(1);
});

real('a node port answers on every address of the node, and keeps the client under the policy Local', async () => {
  const [service, slice] = web('web', { clusterIP: '10.113.0.20' }, [pod1], nodePort);
  await apply(rulesFor([service, slice]));
  expect(await world.ask(world.client, 'tcp', addresses.node, nodePort)).toEqual(['pod1 10.112.0.1']);
  expect(await world.ask(world.client, 'udp', addresses.node, nodePort)).toEqual(['pod1 10.112.0.1']);
  expect(await world.ask(world.node, 'tcp', addresses.node, nodePort)).toEqual(['pod1 10.112.0.1']);
  expect(await world.ask(world.pods[1], 'tcp', addresses.node, nodePort)).toEqual(['pod1 10.112.0.1']);
  const local = { ...service, spec: { ...service.spec, externalTrafficPolicy: 'Local' as const } };
  await apply(rulesFor([local, slice]));
  expect(await world.ask(world.client, 'tcp', addresses.node, nodePort)).toEqual([`pod1 ${addresses.client}`]);
  // No endpoint here, one elsewhere: silence for those outside.
  const elsewhere = { ...slice, endpoints: [{ addresses: ['10.112.9.9'], nodeName: 'n2' }] };
  await apply(rulesFor([local, elsewhere]));
  expect(await world.ask(world.client, 'tcp', addresses.node, nodePort)).toEqual(['silence']);
});

real('session affinity keeps a client with its endpoint, until that one goes', async () => {
  const sticky = { clusterIP: '10.113.0.20', sessionAffinity: 'ClientIP' as const };
  const both = rulesFor(web('web', sticky, [pod1, pod2]));
  await apply(both);
  const answers = distinct(await world.ask(world.client, 'tcp', '10.113.0.20', 80, 20));
  expect(answers).toHaveLength(1);
  const kept = answers[0]?.startsWith('pod1') ? pod1 : pod2;
  const other = kept === pod1 ? pod2 : pod1;
  // What packets wrote is no change of the table, and a change elsewhere does not forget it.
  const nft = createNftables(deps());
  const listing = await nft.list();
  expect(listing).toContain('flags dynamic,timeout');
  expect(listing).not.toContain('expires');
  const more = rulesFor(web('web', sticky, [pod1, pod2]), web('new', { clusterIP: '10.113.0.21' }, [pod1]));
  await nft.apply(changeNft(both, more));
  expect(distinct(await world.ask(world.client, 'tcp', '10.113.0.20', 80, 10))).toEqual(answers);
  await nft.apply(changeNft(more, rulesFor(web('web', sticky, [other]))));
  expect(distinct(await world.ask(world.client, 'tcp', '10.113.0.20', 80, 5))).not.toEqual(answers);
});

real('what nobody serves is refused at once', async () => {
  await apply(rulesFor(web('none', { clusterIP: '10.113.0.30' }, [], nodePort)));
  for (const from of [world.pods[0], world.client, world.node]) {
    for (const protocol of ['tcp', 'udp'] as const) {
      expect(await world.ask(from, protocol, '10.113.0.30', 80), `${from} ${protocol}`).toEqual(['ECONNREFUSED']);
      expect(await world.ask(from, protocol, '10.113.0.99', 80), `${from} ${protocol}`).toEqual(['ECONNREFUSED']);
      expect(await world.ask(from, protocol, addresses.node, nodePort), `${from} ${protocol}`).toEqual([
        'ECONNREFUSED',
      ]);
    }
  }
});

real('a Service of the node itself, as DNS is, answers pods and the node under the policy Local', async () => {
  const local = { clusterIP: '10.113.0.10', internalTrafficPolicy: 'Local' as const };
  const elsewhere = { addresses: ['10.111.0.77'], nodeName: 'n2' };
  await apply(rulesFor(web('dns', local, [addresses.node, elsewhere])));
  for (const protocol of ['tcp', 'udp'] as const) {
    expect(await world.ask(world.pods[0], protocol, '10.113.0.10', 80, 3)).toEqual(Array(3).fill(`node ${pod1}`));
    expect(distinct(await world.ask(world.node, protocol, '10.113.0.10', 80, 3))).toHaveLength(1);
    expect((await world.ask(world.node, protocol, '10.113.0.10', 80))[0]).toMatch(/^node 10\./);
  }
});

real("pods leave the cluster under their node's address, and talk to each other under their own", async () => {
  await apply(rulesFor());
  await world.serve(world.client, 'client', addresses.client, 9090);
  expect(await world.ask(world.pods[0], 'tcp', addresses.client, 9090)).toEqual([`client ${addresses.node}`]);
  expect(await world.ask(world.pods[0], 'tcp', pod2, 8080)).toEqual([`pod2 ${pod1}`]);
});

real('a UDP client moves on when its endpoint goes, for its connection is forgotten', async () => {
  const spec = { clusterIP: '10.113.0.20' };
  const [before, after] = [rulesFor(web('web', spec, [pod1])), rulesFor(web('web', spec, [pod2]))];
  await apply(before);
  expect(await world.ask(world.client, 'udp', '10.113.0.20', 80)).toEqual(['pod1 10.112.0.1']);
  await createNftables(deps()).apply(changeNft(before, after));
  expect(await world.ask(world.client, 'udp', '10.113.0.20', 80)).toEqual(['pod1 10.112.0.1']);
  const conntrack = createConntrack(deps());
  for (const filter of staleConnections(before, after)) await conntrack.forget(filter);
  expect(await world.ask(world.client, 'udp', '10.113.0.20', 80)).toEqual(['pod2 10.112.0.1']);
  await expect(conntrack.forget(['-p', 'nonsense'])).rejects.toThrow('forget tracked connections');
});

real('our routes are told from others by their origin, and take over equal ones', async () => {
  const routes = createRoutes(deps());
  await run(...inside(world.node, 'ip', 'route', 'add', '10.112.1.0/24', 'via', addresses.client, 'dev', 'eth0'));
  expect(await routes.list()).toEqual([]);
  const route = { cidr: '10.112.1.0/24', via: addresses.client };
  await routes.replace(route);
  await routes.replace(route);
  expect(await routes.list()).toEqual([route]);
  await routes.remove(route);
  await routes.remove(route);
  expect(await routes.list()).toEqual([]);
  expect(await run(...inside(world.node, 'ip', 'route', 'show', '10.112.1.0/24'))).toBe('');
  await expect(routes.replace({ cidr: '10.112.2.0/24', via: '10.99.0.1' })).rejects.toThrow(
    'make the route to 10.112.2.0/24',
  );
});
