import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemTime } from '@trireme/adapter-system';
import { fromUtf8, utf8 } from '@trireme/base';
import { createEtcdAdmin, createEtcdKv, type EtcdAdmin, type EtcdKv } from '@trireme/etcd-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInstalled } from './real-etcd.ts';
import { freePorts, run } from './run.ts';
import { createStoreProcess, type StoreProcess } from './store-process.ts';

let directory: string;
const cleanups: (() => unknown)[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-serve-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(directory, { recursive: true, force: true });
});

const key = utf8('a');
const put = (kv: EtcdKv, value: string) => kv.txn({ success: [{ type: 'put', request: { key, value: utf8(value) } }] });
const get = async (kv: EtcdKv): Promise<string | undefined> => {
  const [entry] = (await kv.range({ key })).kvs;
  return entry && fromUtf8(entry.value);
};
const eventually = (what: () => Promise<unknown>) =>
  expect.poll(() => what().catch((error: Error) => error.message), { timeout: 15_000, interval: 100 });

/** Members that speak plainly, told by their environment alone. */
async function plain(
  names: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly StoreProcess[]> {
  const ports = await freePorts(2 * names.length);
  const urls = names.map((_, i) => ({
    clientUrl: `http://127.0.0.1:${ports[2 * i]}`,
    peerUrl: `http://127.0.0.1:${ports[2 * i + 1]}`,
  }));
  const cluster = names.map((name, i) => `${name}=${urls[i]?.peerUrl}`).join();
  return names.map((name, i) => member(name, urls[i] ?? { clientUrl: '', peerUrl: '' }, cluster, env));
}

function member(
  name: string,
  urls: Pick<StoreProcess, 'clientUrl' | 'peerUrl'>,
  cluster: string,
  env: Readonly<Record<string, string>> = {},
): StoreProcess {
  const made = createStoreProcess({ ...urls, name, dataDir: join(directory, name) }, [], {
    ETCD_NAME: name,
    ETCD_DATA_DIR: join(directory, name),
    ETCD_LISTEN_CLIENT_URLS: urls.clientUrl,
    ETCD_ADVERTISE_CLIENT_URLS: urls.clientUrl,
    ETCD_LISTEN_PEER_URLS: urls.peerUrl,
    ETCD_INITIAL_ADVERTISE_PEER_URLS: urls.peerUrl,
    ETCD_INITIAL_CLUSTER: cluster,
    ...env,
  });
  cleanups.push(() => made.stop('SIGKILL'));
  return made;
}

function client(members: readonly StoreProcess[]): EtcdKv {
  const kv = createEtcdKv({ endpoints: members.map(({ clientUrl }) => clientUrl), time: createSystemTime() });
  cleanups.push(() => kv.close());
  return kv;
}

function admin({ clientUrl }: StoreProcess): EtcdAdmin {
  const made = createEtcdAdmin({ endpoint: clientUrl });
  cleanups.push(() => made.close());
  return made;
}

describe('store serve', () => {
  it('keeps its data and its id over restarts, stops when told, and hands over the lead first', async () => {
    const members = await plain(['a', 'b', 'c']);
    for (const each of members) each.start();
    const kv = client(members);
    await eventually(() => put(kv, '1')).toMatchObject({ succeeded: true });
    const ids = async () => Promise.all(members.map(async (each) => (await client([each]).status()).header.memberId));
    // Two of them are enough for a write; the third may take its time to start.
    await eventually(ids).toHaveLength(3);
    const before = await ids();
    expect(new Set(before).size).toBe(3);
    const { leaderId } = await kv.status();
    const leader = members[before.indexOf(leaderId)] as StoreProcess;
    expect(await leader.stop()).toBe(0);
    expect(leader.output()).toContain('ending why=SIGTERM');
    const startedMs = performance.now();
    await eventually(() => put(kv, '2')).toMatchObject({ succeeded: true });
    // Nobody has to wait for an election: that alone would take a second and more.
    expect(performance.now() - startedMs).toBeLessThan(900);
    for (const each of members) if (each !== leader) expect(await each.stop()).toBe(0);
    for (const each of members) each.start();
    await eventually(() => get(kv)).toBe('2');
    await eventually(ids).toEqual(before);
  });

  it('begins no second life under an id that has forgotten what it promised', async () => {
    const members = await plain(['a', 'b', 'c']);
    for (const each of members) each.start();
    await eventually(() => put(client(members), '1')).toMatchObject({ succeeded: true });
    const [first, second] = members as [StoreProcess, StoreProcess];
    // The others know that it has started once it has told them where it serves.
    await eventually(async () => (await admin(second).members()).find(({ name }) => name === 'a')?.clientUrls).toEqual([
      first.clientUrl,
    ]);
    await first.stop('SIGKILL');
    rmSync(first.dataDir, { recursive: true });
    first.start();
    expect(await first.ended()).toBe(1);
    expect(first.output()).toContain('it has already been bootstrapped, and its data is not in');
  });

  it.skipIf(!isInstalled('etcdctl'))('joins a running cluster by its URL, after it was added there', async () => {
    const members = await plain(['a']);
    const [a] = members as [StoreProcess];
    a.start();
    const kv = client(members);
    await eventually(() => put(kv, '1')).toMatchObject({ succeeded: true });
    const [clientPort, peerPort] = await freePorts(2);
    const urls = { clientUrl: `http://127.0.0.1:${clientPort}`, peerUrl: `http://127.0.0.1:${peerPort}` };
    const b = member('b', urls, `a=${a.peerUrl},b=${urls.peerUrl}`, { ETCD_INITIAL_CLUSTER_STATE: 'existing' });
    b.start();
    expect(await b.ended(), b.output()).toBe(1);
    expect(b.output()).toContain(`has no member at ${urls.peerUrl}; add it with 'etcdctl member add' first`);
    const added = await run('etcdctl', ['member', 'add', 'b', `--peer-urls=${urls.peerUrl}`], {
      env: { ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: a.clientUrl.replace('http://', '') },
    });
    expect(added.stdout, added.stderr).toContain(`ETCD_INITIAL_CLUSTER_STATE="existing"`);
    b.start();
    await eventually(() => get(client([b]))).toBe('1');
    await b.stop();
    b.start();
    await eventually(() => get(client([b]))).toBe('1');
  });

  it.skipIf(!isInstalled('etcdctl'))(
    'takes a learner in, makes it a voter, and lets it go, as etcdctl member says',
    async () => {
      const members = await plain(['a']);
      const [a] = members as [StoreProcess];
      a.start();
      await eventually(() => put(client(members), '1')).toMatchObject({ succeeded: true });
      const [clientPort, peerPort] = await freePorts(2);
      const urls = { clientUrl: `http://127.0.0.1:${clientPort}`, peerUrl: `http://127.0.0.1:${peerPort}` };
      const b = member('b', urls, `a=${a.peerUrl},b=${urls.peerUrl}`, { ETCD_INITIAL_CLUSTER_STATE: 'existing' });
      const env = { ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: a.clientUrl.replace('http://', '') };
      const ctl = async (...args: readonly string[]): Promise<string> => {
        const { stdout, stderr } = await run('etcdctl', ['member', ...args], { env });
        return stdout + stderr;
      };
      const added = await ctl('add', 'b', '--learner', `--peer-urls=${urls.peerUrl}`);
      const id = /Member\s+(\w+) added/.exec(added)?.[1] ?? '';
      expect(id, added).not.toBe('');
      expect(await ctl('list')).toMatch(new RegExp(`^${id}, unstarted, .*, ${urls.peerUrl}, , true$`, 'm'));
      b.start();
      await eventually(async () => (await client([b]).status()).isLearner).toBe(true);
      await expect(client([b]).range({ key })).rejects.toThrow('etcdserver: rpc not supported for learner');
      expect(fromUtf8((await client([b]).range({ key, serializable: true })).kvs[0]?.value ?? key)).toBe('1');
      await eventually(() => ctl('promote', id)).toMatch(new RegExp(`Member\\s+${id} promoted in cluster`));
      await eventually(() => get(client([b]))).toBe('1');
      expect(await ctl('update', id, `--peer-urls=${urls.peerUrl}`)).toMatch(
        new RegExp(`Member\\s+${id} updated in cluster`),
      );
      expect(await ctl('add', 'c', `--peer-urls=${urls.peerUrl}`)).toContain('etcdserver: Peer URLs already exists');
      expect(await ctl('promote', id)).toContain('etcdserver: can only promote a learner member');
      expect(await ctl('promote', '123')).toContain('etcdserver: member not found');
      expect(await ctl('remove', '123')).toContain('etcdserver: member not found');
      expect(await ctl('remove', id)).toMatch(new RegExp(`Member\\s+${id} removed from cluster`));
      expect((await ctl('list')).trim().split('\n')).toHaveLength(1);
      await eventually(() => put(client([a]), '2')).toMatchObject({ succeeded: true });
    },
  );

  it.skipIf(!isInstalled('etcdctl'))('takes as many learners as --max-learners says: one, as an etcd', async () => {
    const [a] = (await plain(['a'])) as [StoreProcess];
    const env = { ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: a.clientUrl.replace('http://', '') };
    const add = async (name: string, port: number): Promise<string> => {
      const args = ['member', 'add', name, '--learner', `--peer-urls=http://127.0.0.1:${port}`];
      const { stdout, stderr } = await run('etcdctl', args, { env });
      return stdout + stderr;
    };
    a.start();
    await eventually(() => put(client([a]), '1')).toMatchObject({ succeeded: true });
    expect(await add('b', 1)).toContain('added to cluster');
    expect(await add('c', 2)).toContain('etcdserver: too many learner members in cluster');
    await a.stop();
    a.start('--experimental-max-learners=2');
    await eventually(() => put(client([a]), '2')).toMatchObject({ succeeded: true });
    expect(await add('c', 2)).toContain('added to cluster');
  });

  it.skipIf(!isInstalled('etcdctl'))(
    'takes nothing at any member when it is over its quota, until space is made and the alarm disarmed',
    async () => {
      const members = await plain(['a', 'b', 'c'], { ETCD_QUOTA_BACKEND_BYTES: '100000' });
      for (const each of members) each.start();
      await eventually(() => put(client(members), '1')).toMatchObject({ succeeded: true });
      const ctl = async (endpoint: StoreProcess | undefined, ...args: readonly string[]): Promise<string> => {
        const endpoints = endpoint?.clientUrl ?? members.map(({ clientUrl }) => clientUrl).join();
        const env = { ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: endpoints.replaceAll('http://', '') };
        const { stdout, stderr } = await run('etcdctl', args, { env });
        return stdout + stderr;
      };
      const exceeded = 'etcdserver: mvcc: database space exceeded';
      const [a] = members;
      const large = 'x'.repeat(60_000);
      expect(await ctl(a, 'put', 'large', large)).toBe('OK\n');
      expect(await ctl(a, 'put', 'large', large)).toContain(exceeded);
      const { memberId } = (await client(members.slice(0, 1)).status()).header;
      const alarm = `memberID:${memberId} alarm:NOSPACE \n`;
      for (const each of members) {
        expect(await ctl(each, 'put', 'small', 'x')).toContain(exceeded);
        expect(await ctl(each, 'lease', 'grant', '60')).toContain(exceeded);
        expect(await ctl(each, 'get', 'a')).toBe('a\n1\n');
        expect(await ctl(each, 'alarm', 'list')).toBe(alarm);
      }
      expect(await ctl(a, 'del', 'large')).toBe('1\n');
      const { revision } = (await client(members).status()).header;
      expect(await ctl(a, 'compaction', String(revision))).toContain('compacted revision');
      await eventually(async () => (await client(members.slice(0, 1)).status()).dbSizeInUseBytes).toBeLessThan(1_000);
      expect(await ctl(a, 'put', 'small', 'x')).toContain(exceeded);
      expect(await ctl(a, 'alarm', 'disarm')).toBe(alarm);
      for (const each of members) expect(await ctl(each, 'put', 'small', 'x')).toBe('OK\n');
      expect(await ctl(a, 'alarm', 'list')).toBe('');
    },
  );

  it('goes on alone with what it has, when told that the others are lost', async () => {
    const members = await plain(['a', 'b', 'c']);
    for (const each of members) each.start();
    await eventually(() => put(client(members), '1')).toMatchObject({ succeeded: true });
    const [a, b, c] = members as [StoreProcess, StoreProcess, StoreProcess];
    await eventually(async () =>
      fromUtf8((await client([a]).range({ key, serializable: true })).kvs[0]?.value ?? key),
    ).toBe('1');
    for (const each of [b, c]) {
      await each.stop('SIGKILL');
      rmSync(each.dataDir, { recursive: true });
    }
    await a.stop('SIGKILL');
    a.start('--force-new-cluster');
    await eventually(() => get(client([a]))).toBe('1');
    await put(client([a]), '2');
    expect(a.output()).toContain('--force-new-cluster: this member is the only one now');
    await a.stop();
    // Left in a unit file it does nothing more.
    a.start('--force-new-cluster');
    await eventually(() => get(client([a]))).toBe('2');
    expect(a.output()).toContain('--force-new-cluster: this member is the only one of its cluster already');
  });

  it('says which file a full disk has no space for, and ends', async () => {
    const [a] = (await plain(['a'])) as [StoreProcess];
    a.start();
    await eventually(() => put(client([a]), '1')).toMatchObject({ succeeded: true });
    await a.stop();
    const file = join(a.dataDir, 'member/log/incarnation');
    symlinkSync('/dev/full', `${file}.new`);
    const before = a.output().length;
    a.start();
    expect(await a.ended()).toBe(1);
    expect(a.output().slice(before)).toContain(`trireme: cannot write ${file}: the disk is full; free space on it.\n`);
  });

  it('says what is wrong with its flags, its certificates and its data', async () => {
    const [a] = (await plain(['a'])) as [StoreProcess];
    const said = async (...flags: readonly string[]): Promise<string> => {
      const before = a.output().length;
      a.start(...flags);
      expect(await a.ended(), flags.join(' ')).toBe(1);
      return a.output().slice(before);
    };
    expect(await said('--naem=x')).toMatch(/there is no flag --naem. Is --name meant\?/);
    expect(await said('--initial-cluster=b=http://127.0.0.1:1')).toMatch(/couldn't find local name "a"/);
    expect(await said('--client-cert-auth', '--cert-file=/nowhere', '--key-file=/nowhere')).toMatch(/no such file/);
    expect(await said('--listen-client-urls=http://example.org:1')).toMatch(/expected IP in URL for binding/);
    expect(await said('--discovery=http://x')).toMatch(/--discovery is not supported/);
  });

  it('refuses damaged data, and data of an etcd, saying which', async () => {
    const [a] = (await plain(['a'])) as [StoreProcess];
    a.start();
    await eventually(() => put(client([a]), '1')).toMatchObject({ succeeded: true });
    await a.stop();
    const log = join(a.dataDir, 'member/log');
    const [segment = ''] = readdirSync(log, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.log'),
    );
    writeFileSync(join(log, segment), Buffer.alloc(64, 0xff), { flag: 'r+' });
    a.start();
    expect(await a.ended()).toBe(1);
    expect(a.output()).toMatch(/read log .*: .* at offset \d+/);
    rmSync(a.dataDir, { recursive: true });
    mkdirSync(join(a.dataDir, 'member/snap'), { recursive: true });
    a.start();
    expect(await a.ended()).toBe(1);
    expect(a.output()).toMatch(/this is the data of an etcd/);
  });

  it('compacts by itself, and reads a configuration file', async () => {
    const [a] = (await plain(['a'])) as [StoreProcess];
    const file = join(directory, 'etcd.yaml');
    const config = {
      name: 'a',
      'data-dir': a.dataDir,
      'listen-client-urls': a.clientUrl,
      'advertise-client-urls': a.clientUrl,
      'listen-peer-urls': a.peerUrl,
      'initial-advertise-peer-urls': a.peerUrl,
      'initial-cluster': `a=${a.peerUrl}`,
      'auto-compaction-mode': 'periodic',
      'auto-compaction-retention': '1s',
      'client-transport-security': { 'client-cert-auth': false },
    };
    writeFileSync(file, JSON.stringify(config));
    a.start('--config-file', file);
    const kv = client([a]);
    await eventually(() => put(kv, '1')).toMatchObject({ succeeded: true });
    for (let i = 0; i < 5; i++) await put(kv, `${i}`);
    await eventually(() => kv.range({ key, revision: 2 })).toContain('required revision has been compacted');
  });

  it('tells everybody who asks plainly how it is', async () => {
    const [a] = (await plain(['a'])) as [StoreProcess];
    const [port] = await freePorts(1);
    a.start(`--listen-metrics-urls=http://127.0.0.1:${port}`);
    await eventually(() => put(client([a]), '1')).toMatchObject({ succeeded: true });
    for (const base of [a.clientUrl, `http://127.0.0.1:${port}`]) {
      expect(await (await fetch(`${base}/health`)).json()).toEqual({ health: 'true', reason: '' });
      expect(await (await fetch(`${base}/version`)).json()).toMatchObject({ etcdserver: '3.6.0' });
      expect(await (await fetch(`${base}/metrics`)).text()).toMatch(/\netcd_server_is_leader 1\n/);
      expect((await fetch(`${base}/v2/keys`)).status).toBe(404);
    }
  });

  it.skipIf(!isInstalled('etcdctl'))('serves etcdctl check datascale, which asks plain HTTP for numbers', async () => {
    const [a] = (await plain(['a'])) as [StoreProcess];
    a.start();
    await eventually(() => put(client([a]), '1')).toMatchObject({ succeeded: true });
    const env = { ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: a.clientUrl.replace('http://', '') };
    const { stdout, stderr } = await run('etcdctl', ['check', 'datascale', '--load', 's'], { env, timeoutMs: 50_000 });
    expect(stdout, stderr).toMatch(/PASS: Approximate system memory used/);
  });
});
