import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInstalled } from './real-etcd.ts';
import { type Done, run } from './run.ts';
import { type StoreCluster, startStoreCluster } from './store-cluster.ts';

/** Commands of etcdctl that no test here runs, and why. */
const excluded: Readonly<Record<string, string>> = {
  help: 'it prints what etcdctl itself is',
  migrate: 'it turns files of etcd 2 on a disk into those of etcd 3, and speaks to no server',
  'completion fish': 'as bash',
  'completion powershell': 'as bash',
  'completion zsh': 'as bash',
  'snapshot restore': 'it makes files of an etcd; the store takes and gives such files in its own tests of backups',
};

const covered = new Set<string>();
let cluster: StoreCluster;
let perf: Promise<Done>;

/** A test that stands for one or several commands. */
function command(names: string, what: string, test: () => Promise<void>, timeoutMs?: number): void {
  for (const name of names.split(', ')) covered.add(name);
  it(`${names}: ${what}`, test, timeoutMs);
}

const say = (...args: readonly string[]): Promise<string> => cluster.say(...args);
const lines = async (...args: readonly string[]): Promise<readonly string[]> =>
  (await say(...args)).split('\n').filter(Boolean);
/** What etcdctl said when it failed, in its last line. */
async function refusal(...args: readonly string[]): Promise<string> {
  const { code, stderr } = await cluster.ctl(args);
  expect(code, `${args.join(' ')} should fail`).not.toBe(0);
  return stderr.trim().split('\n').at(-1) ?? '';
}
const json = async <T>(...args: readonly string[]): Promise<T> => JSON.parse(await say(...args, '-w', 'json')) as T;
const at = (endpoint: string | undefined): RunOptionsEnv => ({ env: { ETCDCTL_ENDPOINTS: endpoint } });
type RunOptionsEnv = { readonly env: Readonly<Record<string, string | undefined>> };

interface Status {
  readonly Endpoint: string;
  readonly Status: {
    readonly header: { readonly member_id: number; readonly cluster_id: number; readonly revision: number };
    readonly version: string;
    readonly leader: number;
    readonly dbSize: number;
  };
}
const statuses = (): Promise<readonly Status[]> => json('endpoint', 'status');

describe.skipIf(!isInstalled('etcdctl'))('etcdctl on three members, over TLS with client certificates', () => {
  beforeAll(async () => {
    cluster = await startStoreCluster();
    // It takes a minute whatever it finds, so it runs beside the others.
    perf = cluster.ctl(['check', 'perf', '--load', 's'], { timeoutMs: 100_000 });
  });
  afterAll(async () => cluster?.stop());

  command('put, get', 'with every option', async () => {
    expect(await lines('put', 'kv/a', '1')).toEqual(['OK']);
    expect(await lines('put', 'kv/a', '2', '--prev-kv')).toEqual(['OK', 'kv/a', '1']);
    for (const name of ['b', 'c', 'd']) await say('put', `kv/${name}`, name);
    expect(await lines('get', 'kv/a')).toEqual(['kv/a', '2']);
    expect(await lines('get', 'kv/a', '--print-value-only')).toEqual(['2']);
    expect(await lines('get', 'kv/', '--prefix', '--keys-only')).toEqual(['kv/a', 'kv/b', 'kv/c', 'kv/d']);
    expect(await lines('get', 'kv/b', 'kv/d', '--keys-only')).toEqual(['kv/b', 'kv/c']);
    expect(await lines('get', 'kv/', '--prefix', '--keys-only', '--limit=2', '--order=DESCEND')).toEqual([
      'kv/d',
      'kv/c',
    ]);
    expect(await lines('get', 'kv/', '--prefix', '--keys-only', '--sort-by=VALUE', '--order=DESCEND')).toEqual([
      'kv/d',
      'kv/c',
      'kv/b',
      'kv/a',
    ]);
    expect((await lines('get', 'kv/c', '--from-key', '--keys-only')).slice(0, 2)).toEqual(['kv/c', 'kv/d']);
    expect(await lines('get', 'kv/a', '--consistency=s')).toEqual(['kv/a', '2']);
    const { kvs, count } = await json<{ kvs: { version: number; mod_revision: number }[]; count: number }>(
      'get',
      'kv/a',
    );
    expect([kvs[0]?.version, count]).toEqual([2, 1]);
    const before = (kvs[0]?.mod_revision ?? 0) - 1;
    expect(await lines('get', 'kv/a', `--rev=${before}`)).toEqual(expect.arrayContaining(['kv/a', '1']));
    expect(await say('get', 'kv/a', '-w', 'fields')).toContain('"Value" : "2"');
    expect(await refusal('get', 'kv/a', '--rev=999999999')).toBe(
      'Error: etcdserver: mvcc: required revision is a future revision',
    );
    expect(await refusal('put', '', 'x')).toBe('Error: etcdserver: key is not provided');
    expect(await refusal('put', 'kv/none', '--ignore-value')).toBe('Error: etcdserver: key not found');
  });

  command('del', 'one, a range, a prefix, with what was there', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await say('put', `del/${name}`, name);
    expect(await lines('del', 'del/a', '--prev-kv')).toEqual(['1', 'del/a', 'a']);
    expect(await lines('del', 'del/b', 'del/d')).toEqual(['2']);
    expect(await lines('del', 'del/', '--prefix')).toEqual(['1']);
    expect(await lines('del', 'del/', '--prefix')).toEqual(['0']);
  });

  command('txn', 'as a dialog, and from a pipe', async () => {
    await say('put', 'txn/a', 'old');
    const text =
      'value("txn/a") = "old"\nmod("txn/a") > "0"\nversion("txn/a") = "1"\n\nput txn/a "new"\nget txn/a\n\ndel txn/a\n\n';
    const first = await cluster.ctl(['txn', '-i'], { input: text });
    expect(first.stdout).toContain('SUCCESS\n\nOK\n\ntxn/a\nnew\n');
    const second = await cluster.ctl(['txn'], { input: text });
    expect(second.stdout).toBe('FAILURE\n\n1\n');
    const twice = await cluster.ctl(['txn'], { input: '\nput txn/a 1\nput txn/a 2\n\n\n' });
    expect(twice.stderr).toContain('etcdserver: duplicate key given in txn request');
  });

  command('compaction', 'takes history away, and says what is gone', async () => {
    for (const value of ['1', '2', '3']) await say('put', 'compact/a', value);
    const { kvs } = await json<{ kvs: { mod_revision: number }[] }>('get', 'compact/a');
    const revision = kvs[0]?.mod_revision ?? 0;
    expect(await lines('compaction', String(revision - 1))).toEqual([`compacted revision ${revision - 1}`]);
    expect(await lines('compaction', String(revision), '--physical')).toEqual([`compacted revision ${revision}`]);
    expect(await refusal('compaction', String(revision))).toBe(
      'Error: etcdserver: mvcc: required revision has been compacted',
    );
    expect(await refusal('compaction', '999999999')).toBe(
      'Error: etcdserver: mvcc: required revision is a future revision',
    );
    expect(await refusal('get', 'compact/a', `--rev=${revision - 1}`)).toBe(
      'Error: etcdserver: mvcc: required revision has been compacted',
    );
  });

  command('watch', 'by flags, with history and what was there, and as a dialog', async () => {
    await say('put', 'watch/a', '0');
    const { header } = await json<{ header: { revision: number } }>('get', 'watch/a');
    const watching = cluster.ctl(['watch', 'watch/a', '--prefix', '--prev-kv', `--rev=${header.revision}`], {
      timeoutMs: 2_500,
    });
    const dialog = cluster.ctl(['watch', '-i'], {
      input: 'watch watch/a\nwatch watch/ --prefix --progress-notify\n',
      timeoutMs: 2_500,
    });
    await new Promise((resolve) => setTimeout(resolve, 700));
    await say('put', 'watch/a', '1');
    await say('put', 'watch/ab', '1');
    await say('del', 'watch/a');
    expect((await watching).stdout).toContain(
      'PUT\nwatch/a\n0\nwatch/a\n1\nPUT\nwatch/ab\n1\nDELETE\nwatch/a\n1\nwatch/a\n',
    );
    // What ends at the end of its input watches no more, in etcdctl too; what came before that was told.
    expect((await dialog).stderr).not.toMatch(/panic|rpc error/);
    const gone = await cluster.ctl(['watch', 'watch/a', '--rev=1'], { timeoutMs: 5_000 });
    expect(gone.stderr).toContain('etcdserver: mvcc: required revision has been compacted');
  });

  command(
    'lease grant, lease revoke, lease timetolive, lease list, lease keep-alive',
    'the life of leases',
    async () => {
      const [, , id = ''] = /^lease (\w+) granted|(\w{16})/.exec(await say('lease', 'grant', '60')) ?? [];
      const lease = id || /lease (\w+) granted with TTL\(60s\)/.exec(await say('lease', 'grant', '60'))?.[1] || '';
      await say('put', 'lease/a', '1', `--lease=${lease}`);
      expect(await say('lease', 'timetolive', lease, '--keys')).toMatch(
        new RegExp(
          `^lease ${lease} granted with TTL\\(60s\\), remaining\\((59|60)s\\), attached keys\\(\\[lease/a\\]\\)`,
        ),
      );
      expect(await lines('lease', 'list')).toContain(lease);
      expect(await lines('lease', 'keep-alive', lease, '--once')).toEqual([`lease ${lease} keepalived with TTL(60)`]);
      expect(await lines('lease', 'revoke', lease)).toEqual([`lease ${lease} revoked`]);
      expect(await lines('get', 'lease/a')).toEqual([]);
      expect(await lines('lease', 'timetolive', lease)).toEqual([`lease ${lease} already expired`]);
      expect(await refusal('lease', 'revoke', lease)).toContain('etcdserver: requested lease not found');
      expect(await refusal('put', 'lease/b', '1', `--lease=${lease}`)).toBe(
        'Error: etcdserver: requested lease not found',
      );
      const short = /lease (\w+) granted/.exec(await say('lease', 'grant', '2'))?.[1] ?? '';
      await say('put', 'lease/short', '1', `--lease=${short}`);
      await expect.poll(() => lines('get', 'lease/short'), { timeout: 8_000, interval: 250 }).toEqual([]);
    },
  );

  command('lock', 'runs a command under a lock, one after the other', async () => {
    const held = cluster.ctl(['lock', 'lock/a', '--', 'sh', '-c', 'sleep 1; date +%s%N']);
    await new Promise((resolve) => setTimeout(resolve, 400));
    const waited = cluster.ctl(['lock', 'lock/a', '--', 'sh', '-c', 'date +%s%N']);
    const [first, second] = [await held, await waited];
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(BigInt(second.stdout.trim())).toBeGreaterThan(BigInt(first.stdout.trim()));
  });

  command('elect', 'makes one the leader, and tells who', async () => {
    const leading = cluster.ctl(['elect', 'elect/a', 'me'], { timeoutMs: 3_000 });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const told = await cluster.ctl(['elect', 'elect/a', '--listen'], { timeoutMs: 1_000 });
    expect(told.stdout).toMatch(/^elect\/a\/[0-9a-f]+\nme\n/);
    expect((await leading).stdout).toMatch(/^elect\/a\/[0-9a-f]+\nme\n/);
  });

  command('endpoint health, endpoint status, endpoint hashkv', 'of all members', async () => {
    const health = await cluster.ctl(['endpoint', 'health']);
    expect((health.stdout + health.stderr).match(/is healthy: successfully committed proposal/g)).toHaveLength(3);
    const all = await statuses();
    expect(new Set(all.map(({ Status }) => Status.header.cluster_id)).size).toBe(1);
    expect(new Set(all.map(({ Status }) => Status.header.member_id)).size).toBe(3);
    expect(new Set(all.map(({ Status }) => Status.leader)).size).toBe(1);
    for (const { Status } of all) expect(Status.version).toBe('3.6.0');
    // At a revision that all have: writes go on beside this test.
    const revision = Math.min(...all.map(({ Status }) => Status.header.revision));
    const hashes = await json<{ HashKV: { hash: number; compact_revision: number } }[]>(
      'endpoint',
      'hashkv',
      `--rev=${revision}`,
    );
    expect(new Set(hashes.map(({ HashKV }) => HashKV.hash)).size).toBe(1);
  });

  command('move-leader', 'only at the leader, and only to a voter', async () => {
    const [one] = await statuses();
    const leader = (await statuses()).find(({ Status }) => Status.header.member_id === Status.leader);
    const other = (await statuses()).find(({ Status }) => Status.header.member_id !== Status.leader);
    const hex = (id: number): string => BigInt(id).toString(16);
    expect(one && leader && other).toBeTruthy();
    const target = hex(other?.Status.header.member_id ?? 0);
    const wrongPlace = await cluster.ctl(['move-leader', target], at(other?.Endpoint));
    expect(wrongPlace.stderr).toContain('no leader endpoint given at');
    const moved = await cluster.ctl(['move-leader', target]);
    expect(moved.stdout).toBe(
      `Leadership transferred from ${hex(leader?.Status.header.member_id ?? 0)} to ${target}\n`,
    );
    expect((await statuses()).every(({ Status }) => hex(Status.leader) === target)).toBe(true);
    expect((await cluster.ctl(['move-leader', '123'])).stderr).toContain('etcdserver: bad leader transferee');
  });

  command('snapshot save, snapshot status', 'a file that etcd knows', async () => {
    const file = join(cluster.directory, 'copy.db');
    const [endpoint] = cluster.endpoints;
    const saved = await cluster.ctl(['snapshot', 'save', file], at(endpoint));
    expect(saved.stdout, saved.stderr).toContain(`Snapshot saved at ${file}`);
    expect(statSync(file).size % 512).toBe(32);
    const status = JSON.parse(await say('snapshot', 'status', file, '-w', 'json')) as {
      revision: number;
      totalKey: number;
    };
    expect(status.revision).toBeGreaterThan(10);
    expect(status.totalKey).toBeGreaterThan(5);
  });

  command('alarm list, alarm disarm', 'where there is none', async () => {
    expect(await lines('alarm', 'list')).toEqual([]);
    expect(await lines('alarm', 'disarm')).toEqual([]);
  });

  command('defrag', 'all members', async () => {
    const finished = cluster.endpoints.map((endpoint) => `Finished defragmenting etcd member[${endpoint}]`);
    expect([...(await lines('defrag'))].sort()).toEqual(finished.sort());
  });

  command('make-mirror', 'copies what is there, and what comes', async () => {
    await say('put', 'mirror/a', '1');
    const { ca, cert, key } = cluster.certificates;
    const to = ['--dest-cacert', ca, '--dest-cert', cert, '--dest-key', key, '--dest-prefix', 'copy/'];
    const mirror = cluster.ctl(['make-mirror', '--prefix', 'mirror/', ...to, cluster.endpoints[1] ?? ''], {
      timeoutMs: 3_000,
    });
    await new Promise((resolve) => setTimeout(resolve, 800));
    await say('put', 'mirror/b', '2');
    await mirror;
    expect(await lines('get', 'copy/', '--prefix')).toEqual(['copy/a', '1', 'copy/b', '2']);
  });

  command('auth enable, auth disable', 'they are off, and stay off', async () => {
    expect(await refusal('auth', 'enable')).toBe('Error: etcdserver: root user does not exist');
    expect(await lines('auth', 'disable')).toEqual(['Authentication Disabled']);
  });

  command(
    'user add, user delete, user get, user list, user passwd, user grant-role, user revoke-role',
    'there are none',
    async () => {
      expect(await lines('user', 'list')).toEqual([]);
      expect(await refusal('user', 'add', 'ann:secret')).toBe('Error: etcdserver: authentication is not enabled');
      const missing = 'Error: etcdserver: user name not found';
      for (const args of [
        ['delete', 'ann'],
        ['get', 'ann'],
        ['grant-role', 'ann', 'r'],
        ['revoke-role', 'ann', 'r'],
      ])
        expect(await refusal('user', ...args), args.join(' ')).toBe(missing);
      const passwd = await cluster.ctl(['user', 'passwd', 'ann', '--interactive=false'], { input: 'secret\n' });
      expect(passwd.stderr).toContain('etcdserver: user name not found');
    },
  );

  command(
    'role add, role delete, role get, role list, role grant-permission, role revoke-permission',
    'there are none',
    async () => {
      expect(await lines('role', 'list')).toEqual([]);
      expect(await refusal('role', 'add', 'r')).toBe('Error: etcdserver: authentication is not enabled');
      const missing = 'Error: etcdserver: role name not found';
      for (const args of [
        ['delete', 'r'],
        ['get', 'r'],
        ['grant-permission', 'r', 'read', 'k'],
        ['revoke-permission', 'r', 'k'],
      ])
        expect(await refusal('role', ...args), args.join(' ')).toBe(missing);
    },
  );

  command('version, completion bash', 'what etcdctl knows by itself, in this environment', async () => {
    expect((await lines('version'))[0]).toMatch(/^etcdctl version: 3\./);
    expect(await say('completion', 'bash')).toContain('etcdctl');
  });

  it('takes a large value, and refuses one that is too large', async () => {
    const large = await cluster.ctl(['put', 'large'], { input: randomBytes(500_000).toString('hex') });
    expect(large.stdout).toBe('OK\n');
    const tooLarge = await cluster.ctl(['put', 'large'], { input: randomBytes(800_000).toString('hex') });
    expect(tooLarge.stderr).toContain('etcdserver: request is too large');
  });

  it('lets nobody in without a certificate', async () => {
    const { code, stderr } = await cluster.ctl(['--command-timeout=2s', 'get', 'a'], {
      env: { ETCDCTL_CERT: undefined, ETCDCTL_KEY: undefined },
    });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/context deadline exceeded|certificate/);
  });

  command('member list', 'names, addresses and states', async () => {
    const all = await lines('member', 'list');
    expect(all).toHaveLength(3);
    for (const [i, { name, peerUrl, clientUrl }] of cluster.members.entries()) {
      const line = all.find((each) => each.includes(`, ${name}, `)) ?? all[i];
      expect(line).toMatch(new RegExp(`^[0-9a-f]+, started, ${name}, ${peerUrl}, ${clientUrl}, false$`));
    }
  });

  command(
    'check perf',
    'what little it asks for was done',
    async () => {
      const { stdout, stderr } = await perf;
      // It judges this machine too; what counts here is that every request was answered.
      expect(stdout).toMatch(/(PASS|FAIL): (Throughput|Slowest)/);
      expect(stdout + stderr).not.toMatch(/rpc error|Error:/);
    },
    100_000,
  );

  it('was asked everything that it knows', async () => {
    const { stdout } = await run('etcdctl', ['help'], { env: { ETCDCTL_API: '3' } });
    const all = /COMMANDS:\n([\s\S]*?)\n\n/.exec(stdout)?.[1] ?? '';
    const known = all.split('\n').map((line) => line.trim().split(/\t+/)[0]?.trim() ?? '');
    const asked = [...covered, ...Object.keys(excluded), ...elsewhere];
    expect(known.filter((name) => name && !asked.includes(name))).toEqual([]);
  });
});

/** Commands that change who takes part; and one that asks plain HTTP for numbers. They have files of their own. */
const elsewhere = ['member add', 'member remove', 'member promote', 'member update', 'check datascale'];
