import { utf8 } from '@trireme/base';
import type { Kv, StoreAlarm } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import type { Member } from '../../src/index.ts';
import { createSimCluster, type SimCluster } from './sim-cluster.ts';

const value = 'x'.repeat(500);
const put = (kv: Kv, key: string) =>
  kv.txn({ success: [{ type: 'put', request: { key: utf8(key), value: utf8(value) } }] });
const remove = (kv: Kv, key: string) => kv.txn({ success: [{ type: 'delete-range', request: { key: utf8(key) } }] });
const quotaBytes = 10_000;
const noSpace = { code: 'no-space' };

/** Writes through one member until it refuses; returns who that was. */
async function fill(cluster: SimCluster): Promise<Member> {
  await cluster.awaitLeader();
  const member = cluster.members.find((each) => !each.isLeader()) as Member;
  const write = async (): Promise<void> => {
    for (let i = 0; ; i++) await put(member.kv, `k${i % 30}`);
  };
  await expect(cluster.run(write())).rejects.toMatchObject(noSpace);
  return member;
}

const alarmOf = ({ id }: Member): StoreAlarm => ({ memberId: id, type: 'no-space' });

describe('a store over its quota', () => {
  it('takes no puts and no leases at any member until space is made and the alarm ended', async () => {
    const cluster = await createSimCluster({ member: { quotaBytes } });
    const member = await fill(cluster);
    const alarm = alarmOf(member);
    for (const each of cluster.members) {
      expect(await cluster.run(each.alarms())).toEqual([alarm]);
      await expect(cluster.run(put(each.kv, 'small'))).rejects.toMatchObject(noSpace);
      await expect(cluster.run(each.kv.leaseGrant({ ttlSeconds: 10 }))).rejects.toMatchObject(noSpace);
      expect((await cluster.run(each.kv.range({ key: utf8('k1') }))).count).toBe(1);
    }
    for (let i = 0; i < 30; i++) await cluster.run(remove(member.kv, `k${i}`));
    const { revision } = member.status();
    await cluster.run(member.kv.compact(revision));
    await cluster.time.advance(2000);
    expect(member.status().dataBytes).toBeLessThan(quotaBytes / 2);
    // There is space again, and still nobody takes anything: somebody has to look at it.
    await expect(cluster.run(put(cluster.leader()?.kv as Kv, 'k'))).rejects.toMatchObject(noSpace);
    await cluster.run(member.disarmAlarm(alarm));
    // The others may not have heard of it yet, and take it all the same.
    await cluster.run(Promise.all(cluster.members.map((each) => put(each.kv, `new ${each.id}`))));
    for (const each of cluster.members) {
      await cluster.run(each.disarmAlarm(alarm));
      expect(await cluster.run(each.alarms())).toEqual([]);
    }
    await cluster.run(member.kv.leaseGrant({ ttlSeconds: 10 }));
    await cluster.stop();
  });

  it('refuses what was on its way when the alarm came, at every member alike', async () => {
    const cluster = await createSimCluster({ member: { quotaBytes } });
    const leader = await cluster.awaitLeader();
    const follower = cluster.members.find((each) => each !== leader) as Member;
    const alarm = alarmOf(leader);
    const raised = leader.raiseAlarm(alarm);
    // This one knows of no alarm yet.
    const late = put(follower.kv, 'late');
    const both = Promise.allSettled([raised, late]);
    expect(await cluster.run(both)).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: noSpace }]);
    expect(new Set(cluster.members.map((each) => each.status().revision)).size).toBe(1);
    await cluster.run(follower.disarmAlarm(alarm));
    await cluster.run(put(follower.kv, 'late'));
    await cluster.stop();
  });

  it('has its alarm back at once where its cause is still there', async () => {
    const cluster = await createSimCluster({ member: { quotaBytes } });
    const member = await fill(cluster);
    await cluster.run(member.disarmAlarm(alarmOf(member)));
    await expect(cluster.run(put(member.kv, 'k1'))).rejects.toMatchObject(noSpace);
    expect(await cluster.run(member.alarms())).toEqual([alarmOf(member)]);
    await cluster.stop();
  });

  it('keeps its alarm over restarts, and tells it to members that get the whole state', async () => {
    const cluster = await createSimCluster({ member: { quotaBytes, checkpointEntries: 20, keepEntries: 5 } });
    const member = await fill(cluster);
    const away = cluster.nodes.find((node) => node.member !== member && !node.member?.isLeader());
    away?.kill();
    for (let i = 0; i < 60; i++) await cluster.run(remove(member.kv, `k${i % 30}`));
    for (const node of cluster.nodes) if (node !== away) node.crash();
    for (const node of cluster.nodes) if (node !== away) await cluster.run(node.start());
    await cluster.awaitLeader();
    for (const each of cluster.members) expect(await cluster.run(each.alarms())).toEqual([alarmOf(member)]);
    const back = await cluster.run(away?.start() as Promise<Member>);
    expect(await cluster.run(back.alarms())).toEqual([alarmOf(member)]);
    await expect(cluster.run(put(back.kv, 'k'))).rejects.toMatchObject(noSpace);
    await cluster.stop();
  });

  it('forgets the alarm of a member that is removed', async () => {
    const cluster = await createSimCluster({ member: { quotaBytes } });
    const member = await fill(cluster);
    const leader = cluster.leader() as Member;
    await cluster.run(leader.removeMember(member.id));
    expect(await cluster.run(leader.alarms())).toEqual([]);
    await cluster.stop();
  });
});
