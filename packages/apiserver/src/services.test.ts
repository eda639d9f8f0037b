import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, startTestServer, type TestServer } from './testing/harness.ts';

let test: TestServer;
const services = '/api/v1/namespaces/default/services';
const small = { serviceCidr: '10.0.0.0/28', nodePorts: { from: 30000, to: 30003 } };

beforeEach(async () => {
  test = await startTestServer();
});

const create = (name: string, spec: object, server = test): Promise<Answer> =>
  server.ask('POST', services, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });

describe('cluster addresses', () => {
  it('are given to all but headless and external services', async () => {
    const given = async (name: string, spec: object): Promise<unknown> =>
      (await create(name, spec)).json.spec?.clusterIP;
    expect(await given('a', {})).toMatch(/^10\.(9[6-9]|10\d|11[01])\.\d+\.\d+$/);
    expect(await given('b', { clusterIP: 'None' })).toBe('None');
    expect(await given('c', { type: 'ExternalName', externalName: 'example.com' })).toBeUndefined();
    expect((await test.ask('GET', `${services}/a`)).json.spec).toMatchObject({
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    });
  });

  it('are taken once, and again after their service is gone', async () => {
    expect((await create('a', { clusterIP: '10.96.0.10' })).status).toBe(201);
    const second = await create('b', { clusterIP: '10.96.0.10' });
    expect([second.status, second.json.reason]).toEqual([422, 'Invalid']);
    expect(second.json.message).toContain('failed to allocate IP 10.96.0.10: provided IP is already allocated');
    await test.ask('DELETE', `${services}/a`);
    await test.time.settle();
    expect((await create('b', { clusterIP: '10.96.0.10' })).status).toBe(201);
  });

  it('out of range are refused', async () => {
    const { json } = await create('a', { clusterIP: '192.168.0.1' });
    expect(json.message).toContain('The range of valid IPs is 10.96.0.0/12');
  });

  it('are never given twice, by however many servers at once', async () => {
    const options = { ...small, serviceCidr: '10.0.0.0/26' };
    const fresh = await startTestServer({ options });
    const servers = [
      fresh,
      ...(await Promise.all([2, 3].map((seed) => startTestServer({ kv: fresh.kv, time: fresh.time, seed, options })))),
    ];
    const made = await Promise.all(Array.from({ length: 45 }, (_, i) => create(`s${i}`, {}, servers[i % 3])));
    const addresses = made.map(({ json }) => json.spec?.clusterIP);
    expect(new Set(addresses).size).toBe(45);
    expect(made.every(({ status }) => status === 201)).toBe(true);
  });

  it('run out with an error', async () => {
    const fresh = await startTestServer({ options: small });
    const statuses: number[] = [];
    for (let i = 0; i < 15; i++) {
      statuses.push((await create(`s${i}`, {}, fresh)).status);
      await fresh.time.settle();
    }
    // Fourteen usable addresses, one of which is Service kubernetes'.
    expect(statuses).toEqual([...Array(13).fill(201), 422, 422]);
  });

  it('are released by a change to ExternalName', async () => {
    await create('a', { clusterIP: '10.96.0.20' });
    const spec = { type: 'ExternalName', externalName: 'example.com', ports: [{ port: 80 }] };
    const changed = await test.ask('PUT', `${services}/a`, { metadata: { name: 'a' }, spec });
    expect([changed.status, changed.json.spec?.clusterIP]).toEqual([200, undefined]);
    await test.time.settle();
    expect((await create('b', { clusterIP: '10.96.0.20' })).status).toBe(201);
  });
});

describe('node ports', () => {
  it('are given, kept over updates, and taken once', async () => {
    const { json } = await create('a', { type: 'NodePort' });
    const nodePort = (json.spec?.ports as unknown as { nodePort: number }[] | undefined)?.[0]?.nodePort ?? 0;
    expect(nodePort).toBeGreaterThanOrEqual(30000);
    const spec = { type: 'NodePort', ports: [{ port: 80 }], selector: { a: 'b' } };
    const updated = await test.ask('PUT', `${services}/a`, { metadata: { name: 'a' }, spec });
    expect(updated.json.spec).toMatchObject({ ports: [{ nodePort }], clusterIP: json.spec?.clusterIP });
    const taken = await create('b', { type: 'NodePort', ports: [{ port: 80, nodePort }] });
    expect(taken.json.message).toContain(
      `spec.ports[0].nodePort: Invalid value: ${nodePort}: provided port is already allocated`,
    );
    expect((await create('c', { type: 'NodePort', ports: [{ port: 80, nodePort: 1 }] })).json.message).toContain(
      'provided port is not in the valid range. The range of valid ports is 30000-32767',
    );
  });

  it('are released by a change to ClusterIP', async () => {
    const fresh = await startTestServer({ options: small });
    const nodePort = 30001;
    await create('a', { type: 'NodePort', ports: [{ port: 80, nodePort }] }, fresh);
    const headers = { 'content-type': 'application/merge-patch+json' };
    const changed = await fresh.ask('PATCH', `${services}/a`, { spec: { type: 'ClusterIP' } }, { headers });
    expect([changed.status, changed.json.spec?.ports]).toEqual([200, [{ port: 80, protocol: 'TCP', targetPort: 80 }]]);
    await fresh.time.settle();
    expect((await create('b', { type: 'NodePort', ports: [{ port: 80, nodePort }] }, fresh)).status).toBe(201);
  });
});
