import { utf8 } from '@trireme/base';
import { KvError } from '@trireme/ports';
import { createMemoryKv, createVirtualTime } from '@trireme/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeMember } from '../test/fake-member.ts';
import { type Loopback, openLoopback } from '../test/loopback.ts';
import { createGrpcChannel, type GrpcChannel } from './grpc-channel.ts';
import { toBigInt } from './mapping/index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(more?: Parameters<typeof openLoopback>[0]): Promise<Loopback & { readonly channel: GrpcChannel }> {
  const loopback = await openLoopback(more);
  const channel = createGrpcChannel(loopback.server.urls, undefined);
  cleanups.push(loopback.close, channel.close);
  return { ...loopback, channel };
}

/** What the server said, in the words that clients match on. */
async function said(call: Promise<object>): Promise<string> {
  try {
    await call;
    return 'OK';
  } catch (error) {
    const cause = error instanceof KvError ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

describe('a server of the etcd v3 API', () => {
  it('tells its status with a version that has progress requests, and its alarms', async () => {
    const { channel } = await open({ member: createFakeMember() });
    const status = await channel.unary('/etcdserverpb.Maintenance/Status', {}, undefined);
    expect(status).toMatchObject({ version: '3.6.0', storageVersion: '3.6', errors: ['memberID:2 alarm:NOSPACE '] });
    const alarms = await channel.unary('/etcdserverpb.Maintenance/Alarm', {}, undefined);
    expect(alarms).toMatchObject({ alarms: [{ alarm: 1 }] });
  });

  it('tells the members with all bits of their ids, and the hash', async () => {
    const member = createFakeMember();
    const { channel } = await open({ member });
    const { members } = (await channel.unary('/etcdserverpb.Cluster/MemberList', {}, undefined)) as {
      members: { ID: { low: number; high: number; unsigned: boolean }; isLearner: boolean }[];
    };
    expect(members.map(({ ID, isLearner }) => [toBigInt(ID), isLearner])).toEqual([
      [2n ** 63n + 5n, false],
      [2n, true],
    ]);
    const hash = await channel.unary('/etcdserverpb.Maintenance/HashKV', { revision: 5 }, undefined);
    expect(hash).toMatchObject({ hash: 4_000_000_005 });
    const targetID = { low: 5, high: -2_147_483_648, unsigned: true };
    await channel.unary('/etcdserverpb.Cluster/MemberPromote', { ID: targetID }, undefined);
    expect(member.calls).toContain(`promote ${2n ** 63n + 5n}`);
  });

  it.each([
    ['/etcdserverpb.KV/Put', {}, '3 INVALID_ARGUMENT: etcdserver: key is not provided'],
    [
      '/etcdserverpb.KV/Range',
      { key: utf8('a'), revision: 99 },
      '11 OUT_OF_RANGE: etcdserver: mvcc: required revision is a future revision',
    ],
    ['/etcdserverpb.Lease/LeaseRevoke', { ID: 9 }, '5 NOT_FOUND: etcdserver: requested lease not found'],
    ['/etcdserverpb.Auth/Authenticate', {}, '9 FAILED_PRECONDITION: etcdserver: authentication is not enabled'],
    ['/etcdserverpb.Auth/AuthEnable', {}, '9 FAILED_PRECONDITION: etcdserver: root user does not exist'],
    ['/etcdserverpb.Auth/AuthDisable', {}, 'OK'],
    ['/etcdserverpb.Auth/UserList', {}, 'OK'],
    [
      '/etcdserverpb.Maintenance/HashKV',
      { revision: 99 },
      '11 OUT_OF_RANGE: etcdserver: mvcc: required revision is a future revision',
    ],
    ['/etcdserverpb.Maintenance/Defragment', {}, 'OK'],
    [
      '/etcdserverpb.Maintenance/MoveLeader',
      { targetID: 2 },
      '9 FAILED_PRECONDITION: etcdserver: bad leader transferee',
    ],
    ['/etcdserverpb.Cluster/MemberAdd', {}, '3 INVALID_ARGUMENT: etcdserver: given member URLs are invalid'],
    ['/grpc.health.v1.Health/Check', {}, 'OK'],
    ['/grpc.health.v1.Health/Check', { service: 'etcd' }, '5 NOT_FOUND: unknown service'],
  ])('%s %j is answered with %s', async (path, request, expected) => {
    const { channel } = await open({ member: createFakeMember() });
    expect(await said(channel.unary(path, request, undefined))).toBe(expected);
  });

  it('moves the lead only from the leader', async () => {
    const { channel } = await open({ member: createFakeMember({ isLeader: () => false }) });
    const call = channel.unary('/etcdserverpb.Maintenance/MoveLeader', { targetID: 1 }, undefined);
    expect(await said(call)).toBe('9 FAILED_PRECONDITION: etcdserver: not leader');
  });

  it('streams a snapshot to who asked once', async () => {
    const { channel } = await open({ member: createFakeMember() });
    const call = channel.streams('/etcdserverpb.Maintenance/Snapshot');
    call.send({});
    let bytes = 0;
    for await (const { blob } of call as AsyncIterable<{ blob: Uint8Array }>) bytes += blob.length;
    expect(bytes).toBe(150_000);
  });

  it('refuses what is too large, and what is far too large before it is read', async () => {
    const { channel } = await open({ maxRequestBytes: 1_000 });
    const large = { key: utf8('a'), value: new Uint8Array(1_000) };
    const words = '3 INVALID_ARGUMENT: etcdserver: request is too large';
    expect(await said(channel.unary('/etcdserverpb.KV/Put', large, undefined))).toBe(words);
    const request = { key: utf8('a'), value: new Uint8Array(600_000) };
    await expect(channel.unary('/etcdserverpb.KV/Put', request, undefined)).rejects.toMatchObject({
      code: 'request-too-large',
    });
  });

  it('keeps many leases alive on one stream, and tells the dead by a time of zero', async () => {
    const { channel, kv } = await open();
    await kv.leaseGrant({ ttlSeconds: 60, id: 777n });
    const call = channel.streams('/etcdserverpb.Lease/LeaseKeepAlive');
    call.send({ ID: 777 });
    call.send({ ID: 12_345 });
    const answers: unknown[] = [];
    for await (const { ID, TTL } of call as AsyncIterable<{ ID: { low: number }; TTL: { low: number } }>) {
      answers.push([ID.low, TTL.low]);
      if (answers.length === 2) break;
    }
    call.cancel();
    expect(answers).toEqual([
      [777, 60],
      [12_345, 0],
    ]);
  });

  it('ends a stream with the error of the store', async () => {
    const stopped = createMemoryKv({ time: createVirtualTime() });
    const leaseKeepAlive = async (): Promise<never> => {
      throw new KvError('stopped', 'gone');
    };
    const { channel } = await open({ kv: { ...stopped, leaseKeepAlive } });
    const call = channel.streams('/etcdserverpb.Lease/LeaseKeepAlive');
    call.send({ ID: 1 });
    await expect(call[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      cause: { code: 14, details: 'etcdserver: server stopped' },
    });
  });

  it('says so when it cannot listen', async () => {
    const { port } = await open();
    await expect(openLoopback({ listen: [{ host: '127.0.0.1', port }] })).rejects.toThrow(
      /listen at 127.0.0.1:\d+: .*Choose another address/,
    );
  });
});
