import { KvError } from '@trireme/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeMember } from '../test/fake-member.ts';
import { openLoopback } from '../test/loopback.ts';
import { createEtcdAdmin } from './etcd-admin.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open() {
  const member = createFakeMember();
  const { server, close } = await openLoopback({ member });
  const admin = createEtcdAdmin({ endpoint: server.urls[0] ?? '' });
  cleanups.push(close, admin.close);
  return { admin, member };
}

describe('one who looks after members over the etcd v3 API', () => {
  it('tells, adds and removes members, and hands over leadership, with all bits of their ids', async () => {
    const { admin, member } = await open();
    const [first, second] = await admin.members();
    const big = 2n ** 63n + 5n;
    expect(first).toEqual({
      id: big,
      name: 'm',
      peerUrls: ['http://p:1'],
      clientUrls: ['http://c:2'],
      isLearner: false,
    });
    expect(second?.isLearner).toBe(true);
    expect(await admin.addMember(['http://p:9'])).toMatchObject({ id: 3n, peerUrls: ['http://p:9'], isLearner: false });
    await admin.transferLeadership(3n);
    await admin.removeMember(big);
    expect(member.calls).toEqual(expect.arrayContaining(['members', 'add http://p:9', 'move to 3', `remove ${big}`]));
  });

  it('tells the hash at a revision, and says why there is none', async () => {
    const { admin } = await open();
    expect(await admin.hash(5)).toEqual({ hash: 4_000_000_005, revision: 5, compactRevision: 4 });
    expect(await admin.hash()).toMatchObject({ revision: 9 });
    await expect(admin.hash(3)).rejects.toThrow(KvError);
    await expect(admin.removeMember(77n)).rejects.toThrow('etcdserver: member not found');
  });
});
