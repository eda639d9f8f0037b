import { createMemoryKv, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createFakeMember } from '../../test/fake-member.ts';
import { rpcCodes, toBigInt, toRpcError } from '../mapping/index.ts';
import type { RpcCaller } from './rpc.ts';
import { etcdMethods } from './service.ts';
import type { ServiceDeps, Standing } from './service-deps.ts';

const time = createVirtualTime();
const kv = createMemoryKv({ time });
const never = new AbortController().signal;

type Deps = Partial<ServiceDeps>;

/** The answer, or 'code text' of the refusal. Streams: what was sent, and how the stream ended. */
async function call(path: string, request: object, deps: Deps = {}, caller?: RpcCaller, signal = never) {
  const methods = etcdMethods({ kv, version: '3.6.0', maxResponseBytes: 1 << 20, ...deps });
  const method = methods.find((each) => each.path === path);
  if (!method) throw new Error(`there is no ${path}`);
  const sent: object[] = [];
  const requests = async function* (): AsyncGenerator<object> {
    yield request;
  };
  try {
    if (method.kind === 'unary') return await method.handle(request, signal, caller);
    await method.handle(requests(), async (message) => void sent.push(message), signal, caller);
    return { sent };
  } catch (error) {
    const { code, message } = toRpcError(error);
    return `${rpcCodes[code]} ${message}`;
  }
}

const cluster = (method: string, request: object, member = createFakeMember()) =>
  call(`/etcdserverpb.Cluster/${method}`, request, { member });

describe('Cluster', () => {
  it('adds, and tells the new member beside all', async () => {
    const member = createFakeMember();
    const request = { peerURLs: ['http://10.0.0.2:2380', 'http://10.0.0.1:2380 '], isLearner: true };
    expect(await cluster('MemberAdd', request, member)).toMatchObject({
      member: { ID: 3, name: '', peerURLs: ['http://10.0.0.1:2380', 'http://10.0.0.2:2380'], isLearner: true },
      members: [{}, { ID: 2 }, { ID: 3 }],
    });
    expect(member.calls[0]).toBe('add http://10.0.0.1:2380,http://10.0.0.2:2380 to learn');
  });

  it.each([
    ['MemberPromote', { ID: 2 }, 'promote 2'],
    ['MemberRemove', { ID: 2 }, 'remove 2'],
    ['MemberUpdate', { ID: 2, peerURLs: ['https://[::1]:2380'] }, 'update 2 https://[::1]:2380'],
    ['MemberList', { linearizable: true }, 'members'],
    ['MemberList', {}, 'members here'],
  ])('%s %j asks for: %s', async (method, request, asked) => {
    const member = createFakeMember();
    expect(await cluster(method, request, member)).toHaveProperty('members');
    expect(member.calls[0]).toBe(asked);
  });

  it('tells of the removed member no more', async () => {
    const { members } = (await cluster('MemberRemove', { ID: 2 })) as { members: { ID: never }[] };
    expect(members.map(({ ID }) => toBigInt(ID))).toEqual([2n ** 63n + 5n]);
  });

  it.each([
    ['MemberAdd', {}, '3 etcdserver: given member URLs are invalid'],
    ['MemberAdd', { peerURLs: ['10.0.0.1:2380'] }, '3 etcdserver: given member URLs are invalid'],
    ['MemberAdd', { peerURLs: ['http://10.0.0.1'] }, '3 etcdserver: given member URLs are invalid'],
    ['MemberAdd', { peerURLs: ['http://10.0.0.1:2380/path'] }, '3 etcdserver: given member URLs are invalid'],
    ['MemberUpdate', { ID: 2, peerURLs: ['ftp://a:1'] }, '3 etcdserver: given member URLs are invalid'],
    ['MemberUpdate', { ID: 9, peerURLs: ['http://a:1'] }, '5 etcdserver: member not found'],
    ['MemberRemove', { ID: 9 }, '5 etcdserver: member not found'],
    ['MemberPromote', { ID: 9 }, '5 etcdserver: member not found'],
  ])('%s %j is refused: %s', async (method, request, words) => {
    expect(await cluster(method, request)).toBe(words);
  });

  it('has no revision in its header, as in etcd', async () => {
    const { header } = (await cluster('MemberList', {})) as { header: object };
    expect(Object.keys(header).sort()).toEqual(['clusterId', 'memberId', 'raftTerm']);
  });
});

describe('Maintenance', () => {
  const maintain = (method: string, request: object, deps: Deps = { member: createFakeMember() }) =>
    call(`/etcdserverpb.Maintenance/${method}`, request, deps);

  it('tells its status', async () => {
    const status = await maintain('Status', {}, { member: createFakeMember(), quotaBytes: 77 });
    expect(status).toMatchObject({ version: '3.6.0', dbSizeQuota: 77, errors: ['memberID:2 alarm:NOSPACE '] });
  });

  it('raises, tells and ends alarms', async () => {
    const deps = { member: createFakeMember() };
    const alarm = { memberID: 9, alarm: 2 };
    const told = async (request: object) => ((await maintain('Alarm', request, deps)) as { alarms: object[] }).alarms;
    expect(await told({ action: 1, ...alarm })).toEqual([alarm]);
    expect(await told({})).toEqual([{ memberID: 2, alarm: 1 }, alarm]);
    expect(await told({ alarm: 2 })).toEqual([alarm]);
    expect(await told({ memberID: 2 }), 'the member does not count').toHaveLength(2);
    expect(await told({ action: 2, ...alarm })).toEqual([alarm]);
    expect(await told({ action: 2, ...alarm })).toEqual([]);
    expect(await told({ action: 1, memberID: 9 }), 'an alarm of no type').toEqual([]);
    expect(await told({})).toHaveLength(1);
  });

  it('hashes now, and at a revision', async () => {
    const expected = { hash: 4_000_000_005, hashRevision: 5, compactRevision: 4 };
    expect(await maintain('HashKV', { revision: 5 })).toMatchObject(expected);
    expect(await maintain('HashKV', {})).toMatchObject({ hashRevision: 9 });
    expect(await maintain('Hash', {})).toMatchObject({ hash: 4_000_000_009 });
  });

  it('sends a snapshot in small pieces that count down to nothing', async () => {
    const { sent } = (await maintain('Snapshot', {})) as unknown as {
      sent: { blob: Uint8Array; remainingBytes: number; header: { revision: number }; version: string }[];
    };
    expect(sent.map(({ blob, remainingBytes }) => [blob.length, remainingBytes])).toEqual([
      [65_536, 84_464],
      [34_464, 50_000],
      [50_000, 0],
    ]);
    expect(sent[0]).toMatchObject({ header: { revision: 8 }, version: '3.6.0' });
  });

  it.each([
    ['MoveLeader', { targetID: 2 }, '9 etcdserver: bad leader transferee'],
    ['MoveLeader', { targetID: 9 }, '9 etcdserver: bad leader transferee'],
    ['HashKV', { revision: 99 }, '11 etcdserver: mvcc: required revision is a future revision'],
    ['HashKV', { revision: 3 }, '11 etcdserver: mvcc: required revision has been compacted'],
    ['Downgrade', { version: '3.5.0' }, '3 etcdserver: invalid downgrade target version'],
    ['Downgrade', { action: 1, version: 'x' }, '3 etcdserver: wrong downgrade target version format'],
    ['Downgrade', { action: 2 }, '9 etcdserver: no inflight downgrade job'],
  ])('%s %j is refused: %s', async (method, request, words) => {
    expect(await maintain(method, request)).toBe(words);
  });

  it('says which methods a store lacks', async () => {
    const members = { member: { id: 1n, isLeader: () => true } };
    const asked = ['Hash', 'HashKV', 'Defragment', 'Snapshot', 'Alarm', 'MoveLeader'];
    for (const method of asked)
      expect(await maintain(method, {}, members), method).toMatch(/^12 etcdserver: this store/);
    for (const method of asked) expect(await maintain(method, {}, {}), method).toMatch(/^12 etcdserver: this store/);
    for (const method of ['MemberRemove', 'MemberPromote'])
      expect(await call(`/etcdserverpb.Cluster/${method}`, {}, members)).toMatch(/^12 etcdserver: this store/);
    expect(await call('/etcdserverpb.Cluster/MemberList', {}, {})).toMatchObject({ members: [{ name: 'default' }] });
  });
});

describe('Auth', () => {
  it.each([
    ['AuthEnable', '9 etcdserver: root user does not exist'],
    ['Authenticate', '9 etcdserver: authentication is not enabled'],
    ['UserAdd', '9 etcdserver: authentication is not enabled'],
    ['UserGet', '9 etcdserver: user name not found'],
    ['UserDelete', '9 etcdserver: user name not found'],
    ['UserChangePassword', '9 etcdserver: user name not found'],
    ['UserGrantRole', '9 etcdserver: user name not found'],
    ['UserRevokeRole', '9 etcdserver: user name not found'],
    ['RoleAdd', '9 etcdserver: authentication is not enabled'],
    ['RoleGet', '9 etcdserver: role name not found'],
    ['RoleDelete', '9 etcdserver: role name not found'],
    ['RoleGrantPermission', '9 etcdserver: role name not found'],
    ['RoleRevokePermission', '9 etcdserver: role name not found'],
  ])('%s is answered with %s', async (method, words) => {
    expect(await call(`/etcdserverpb.Auth/${method}`, {})).toBe(words);
  });

  it.each(['AuthDisable', 'UserList', 'RoleList'])('%s is content: there is nothing', async (method) => {
    expect(await call(`/etcdserverpb.Auth/${method}`, {})).toHaveProperty('header');
  });

  it('says that it is off', async () => {
    expect(await call('/etcdserverpb.Auth/AuthStatus', {})).toMatchObject({ enabled: false, authRevision: 1 });
  });
});

describe('Health', () => {
  const path = '/grpc.health.v1.Health/Check';
  it('serves, under the empty name alone', async () => {
    expect(await call(path, {})).toEqual({ status: 1 });
    expect(await call(path, { service: 'etcd' })).toBe('5 unknown service');
  });

  it('does not serve when the store does not answer', async () => {
    const status = () => Promise.reject(new Error('gone'));
    expect(await call(path, {}, { kv: { ...kv, status } })).toEqual({ status: 2 });
  });
});

describe('what holds for every method', () => {
  const paths = ['/etcdserverpb.KV/Range', '/etcdserverpb.Watch/Watch', '/grpc.health.v1.Health/Check'];
  const key = new Uint8Array([1]);
  const standing = (more: Partial<Standing>) => ({ standing: () => ({ leaderId: 1n, isLearner: false, ...more }) });

  it.each(paths)('%s is only for those who may', async (path) => {
    const authorize = (caller?: RpcCaller): boolean => caller?.certificate?.organizations.includes('masters') ?? false;
    const caller = (name: string): RpcCaller => ({
      metadata: () => undefined,
      certificate: { commonName: 'x', organizations: [name] },
    });
    const denied = '7 etcdserver: permission denied';
    expect(await call(path, {}, { authorize })).toBe(denied);
    expect(await call(path, {}, { authorize }, caller('nodes'))).toBe(denied);
    expect(await call(path, { key }, { authorize }, caller('masters'), AbortSignal.abort())).not.toBe(denied);
  });

  it.each([
    ['/etcdserverpb.KV/Range', { key }, false],
    ['/etcdserverpb.KV/Range', { key, serializable: true }, true],
    ['/etcdserverpb.KV/Put', { key }, false],
    ['/etcdserverpb.Watch/Watch', {}, false],
    ['/etcdserverpb.Cluster/MemberList', {}, false],
    ['/etcdserverpb.Maintenance/Status', {}, true],
    ['/etcdserverpb.Maintenance/Snapshot', {}, true],
  ])('%s %j on a learner: %s', async (path, request, served) => {
    const answer = await call(path, request, { ...standing({ isLearner: true }), member: createFakeMember() });
    if (served) expect(answer).toBeTypeOf('object');
    else expect(answer).toBe('14 etcdserver: rpc not supported for learner');
  });

  const wantsLeader: RpcCaller = { metadata: (name) => (name === 'hasleader' ? 'true' : undefined) };
  it.each(paths)('%s is refused without a leader, to who wants one', async (path) => {
    const leaderless = standing({ leaderId: 0n });
    expect(await call(path, {}, leaderless, wantsLeader)).toBe('14 etcdserver: no leader');
    expect(await call(path, { key }, leaderless, undefined, AbortSignal.abort())).not.toBe('14 etcdserver: no leader');
  });

  it('says of a read that found no leader why, and of a write only that it is late', async () => {
    const { KvError } = await import('@trireme/ports');
    const late = () => Promise.reject(new KvError('unavailable', 'late'));
    const deps = { kv: { ...kv, range: late, txn: late }, ...standing({ leaderId: 0n }) };
    expect(await call('/etcdserverpb.KV/Range', { key }, deps)).toBe('14 etcdserver: no leader');
    expect(await call('/etcdserverpb.KV/Put', { key }, deps)).toBe('14 etcdserver: request timed out');
    const led = { ...deps, ...standing({}) };
    expect(await call('/etcdserverpb.KV/Range', { key }, led)).toBe('14 etcdserver: request timed out');
  });

  it('ends a stream when there was no leader for three election timeouts', async () => {
    let leaderId = 1n;
    const deps = { standing: () => ({ leaderId, isLearner: false }), timers: time, electionTimeoutMs: 1_000 };
    const ends: string[] = [];
    const watch = async (name: string, caller?: RpcCaller): Promise<void> => {
      ends.push(`${name}: ${await call('/etcdserverpb.Watch/Watch', { createRequest: { key } }, deps, caller)}`);
    };
    void watch('wants a leader', wantsLeader);
    void watch('does not care');
    await time.advance(10_000);
    leaderId = 0n;
    await time.advance(2_500);
    leaderId = 1n;
    await time.advance(2_500);
    expect(ends).toEqual([]);
    leaderId = 0n;
    await time.advance(3_500);
    expect(ends).toEqual(['wants a leader: 14 etcdserver: no leader']);
  });
});
