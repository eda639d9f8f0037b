import { type Bytes, concatBytes, fromUtf8, utf8 } from '@trireme/base';
import { type Kv, silentLogger } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { openSnapshot, type RestoreRequest, recoverMember, restoreSnapshot } from '../../src/backup/index.ts';
import type { Member } from '../../src/index.ts';
import { createMemoryCopy, deletion, fileOf, putVersion, sourceOf } from './memory-copy.ts';
import { asLearner, type Machine, machine, peer, restoreTo, texts, World } from './world.ts';

/** Compacted at 6: what was past by then is in the archive, from revision 3 on. */
const history = createMemoryCopy(
  [
    putVersion('a', 2, { version: 1 }),
    putVersion('b', 6, { createRevision: 4, version: 2 }),
    putVersion('a', 7, { createRevision: 2, version: 2 }),
    putVersion('l', 8, { lease: 55n }),
    deletion('b', 9),
    putVersion('c', 9, { sub: 1 }),
  ],
  {
    compactRevision: 6,
    leases: [{ id: 55n, ttlSeconds: 300 }],
    marks: [
      { revision: 2, unixMs: 1_000 },
      { revision: 4, unixMs: 2_000 },
      { revision: 7, unixMs: 3_000 },
    ],
  },
  [
    { ...putVersion('gone', 3, { lease: 44n }), supersededBy: 5 },
    { ...putVersion('b', 4), supersededBy: 6 },
  ],
);
const takenAtMs = 4_000;

describe('restore', () => {
  it.each([1, 3])('makes a cluster of %i members that goes on where the snapshot ends', async (size) => {
    const world = new World();
    const machines = Array.from({ length: size }, (_, i) => machine(10 + i));
    const report = await restoreTo(world, machines, await fileOf(history, takenAtMs));
    expect(report).toEqual({
      restoredRevision: 9,
      revision: 9,
      compactRevision: 6,
      versions: 6,
      leases: 1,
      revivedLeases: 0,
    });
    await world.start(machines);
    for (const { kv } of world.members) {
      const now = await world.all(kv);
      expect(now.header.revision).toBe(9);
      expect(now.header.clusterId).toBe(99n);
      expect(texts(now)).toEqual(['a=a@7 2/7/2', 'c=c@9 9/9/1', 'l=l@8 8/8/1']);
      expect(texts(await world.all(kv, 6))).toEqual(['a=a@2 2/2/1', 'b=b@6 4/6/2']);
      await expect(world.all(kv, 5)).rejects.toMatchObject({ code: 'compacted' });
    }
    const { kv } = world.members[0] as Member;
    const lease = await world.run(kv.leaseTimeToLive(55n, { keys: true }));
    expect([lease.grantedTtlSeconds, ...(lease.keys ?? []).map(fromUtf8)]).toEqual([300, 'l']);
    const put = { key: utf8('d'), value: utf8('1') };
    const written = await world.run(kv.txn({ success: [{ type: 'put', request: put }] }));
    expect(written.header.revision).toBe(10);
    expect(new Set(world.members.map((member) => member.status().config.voters.length))).toEqual(new Set([size]));
    await world.stop();
    // And it is still so after a start from its own disk.
    await world.start(machines);
    expect(texts(await world.all((world.members[0] as Member).kv))).toContain('d=1 10/10/1');
    await world.stop();
  });

  const atTable: readonly (readonly [at: RestoreRequest['at'], revision: number, found: readonly string[]])[] = [
    [{ revision: 8 }, 8, ['a=a@7 2/7/2', 'b=b@6 4/6/2', 'l=l@8 8/8/1']],
    [{ revision: 6 }, 6, ['a=a@2 2/2/1', 'b=b@6 4/6/2']],
    [{ revision: 5 }, 5, ['a=a@2 2/2/1', 'b=b@4 4/4/1']],
    [{ revision: 4 }, 4, ['a=a@2 2/2/1', 'b=b@4 4/4/1', 'gone=gone@3 3/3/1']],
    [{ unixMs: 2_999 }, 4, ['a=a@2 2/2/1', 'b=b@4 4/4/1', 'gone=gone@3 3/3/1']],
    [{ unixMs: 3_000 }, 7, ['a=a@7 2/7/2', 'b=b@6 4/6/2']],
    [{ unixMs: takenAtMs }, 9, ['a=a@7 2/7/2', 'c=c@9 9/9/1', 'l=l@8 8/8/1']],
  ];
  it.each(atTable)('goes back to %o', async (at, revision, found) => {
    const world = new World();
    const machines = [machine(1)];
    const report = await restoreTo(world, machines, await fileOf(history, takenAtMs), { at });
    expect(report).toMatchObject({ restoredRevision: revision, compactRevision: Math.min(6, revision) });
    expect(report.revivedLeases).toBe(found.some((text) => text.startsWith('gone')) ? 1 : 0);
    await world.start(machines);
    const now = await world.all((world.members[0] as Member).kv);
    expect([now.header.revision, ...texts(now)]).toEqual([revision, ...found]);
    if (report.revivedLeases > 0) {
      // Its owner is not there to keep it.
      await world.time.advance(70_000);
      expect(texts(await world.all((world.members[0] as Member).kv))).not.toContain('gone=gone@3 3/3/1');
    }
    await world.stop();
  });

  it.each([
    [
      { revision: 3 },
      'the revisions 4 to 9, that is the times from 1970-01-01T00:00:02.000Z to 1970-01-01T00:00:04.000Z',
    ],
    [{ revision: 10 }, 'the revisions 4 to 9'],
    [{ unixMs: 1_999 }, 'the time 1970-01-01T00:00:01.999Z'],
    [{ unixMs: 4_001 }, 'the time 1970-01-01T00:00:04.001Z'],
  ])('refuses %o and says what can be had', async (at, text) => {
    const world = new World();
    const file = await fileOf(history, takenAtMs);
    const restoring = restoreTo(world, [machine(1)], file, { at });
    await expect(restoring).rejects.toMatchObject({ code: 'out-of-range', message: expect.stringContaining(text) });
  });

  it('raises the revision above all that clients have seen, and tells watches so', async () => {
    const world = new World();
    const machines = [machine(1), machine(2), machine(3)];
    await restoreTo(world, machines, await fileOf(history, takenAtMs), { bumpRevision: 1_000_000_000 });
    await world.start(machines);
    const { kv } = world.members[1] as Member;
    const now = await world.all(kv);
    expect([now.header.revision, now.count]).toEqual([1_000_000_009, 3]);
    const first = kv.watch({ key: utf8('a'), startRevision: 8 })[Symbol.asyncIterator]();
    await world.run(first.next());
    expect((await world.run(first.next())).value).toEqual({ type: 'compacted', compactRevision: 1_000_000_009 });
    const put = { key: utf8('d'), value: utf8('1') };
    expect((await world.run(kv.txn({ success: [{ type: 'put', request: put }] }))).header.revision).toBe(1_000_000_010);
    await world.stop();
    await world.start(machines);
    expect((await world.all((world.members[0] as Member).kv)).header.revision).toBe(1_000_000_010);
    await world.stop();
  });

  it('holds a batch at a time, and not the whole snapshot', async () => {
    const world = new World();
    const target = machine(1);
    const value = new Uint8Array(100_000).fill(0x61);
    const file = await fileOf(
      createMemoryCopy(Array.from({ length: 40 }, (_, i) => putVersion('a', 2 + i, { value }))),
    );
    let read = 0;
    const readBefore: number[] = [];
    const source = sourceOf(file);
    const snapshot = await openSnapshot({
      ...source,
      async read(offset, length) {
        const bytes = await source.read(offset, length);
        read += bytes.length;
        return bytes;
      },
    });
    read = 0;
    target.level.on('write', () => readBefore.push(read));
    const deps = { disk: target.disk.attach(), level: target.level, time: world.time, logger: silentLogger };
    const members = [{ id: 1n, peerUrl: peer(1n).url }];
    await world.run(restoreSnapshot(deps, snapshot, { members, clusterId: 9n }));
    // What was read between two writes; the first one is the clearing, the last one the meta.
    const batches = readBefore.map((bytes, i) => bytes - (readBefore[i - 1] ?? 0));
    expect(batches.length).toBeGreaterThan(4);
    expect(Math.max(...batches)).toBeLessThan(2_500_000);
  });

  it('refuses a folder that is in use', async () => {
    const world = new World();
    const machines = [machine(1)];
    const file = await fileOf(history);
    await restoreTo(world, machines, file);
    await expect(restoreTo(world, machines, file)).rejects.toMatchObject({ code: 'not-empty' });
  });
});

describe('a member', () => {
  it('gives a snapshot of one revision while writes go on, without a majority', async () => {
    const world = new World();
    const machines = [machine(1), machine(2), machine(3)];
    await world.start(machines);
    const put = (member: Member, key: string) =>
      world.run(member.kv.txn({ success: [{ type: 'put', request: { key: utf8(key), value: utf8('v') } }] }));
    for (let i = 0; i < 30; i++) await put(world.members[i % 3] as Member, `key-${i % 7}`);
    await world.run((world.members[0] as Member).kv.compact(20));
    await world.time.advance(500);
    const [member, second] = world.members as [Member, Member, Member];
    const snapshot = await world.run(member.snapshot());
    await put(second, 'later');
    await world.time.advance(500);
    world.network.partition([1n], [2n], [3n]);
    await world.time.advance(5_000);
    const collect = async ({ pieces, sizeBytes }: typeof snapshot): Promise<Bytes> => {
      const parts: Bytes[] = [];
      for await (const piece of pieces) parts.push(piece);
      const file = concatBytes(parts);
      expect(file.length).toBe(sizeBytes);
      return file;
    };
    const file = await world.run(collect(snapshot));
    expect(snapshot.revision).toBe(31);
    const late = await world.run(member.snapshot());
    expect([late.revision, (await world.run(collect(late))).length > 0]).toEqual([32, true]);
    await world.stop();

    const other = new World();
    const restored = [machine(7)];
    expect((await restoreTo(other, restored, file)).revision).toBe(31);
    await other.start(restored);
    const { count, header } = await other.all((other.members[0] as Member).kv);
    expect([count, header.revision]).toEqual([7, 31]);
    await expect(other.all((other.members[0] as Member).kv, 19)).rejects.toMatchObject({ code: 'compacted' });
    await other.stop();
  });
});

describe('a member that joins', () => {
  it('is sent what was restored', async () => {
    const world = new World();
    const first = machine(1);
    await restoreTo(world, [first], await fileOf(history, takenAtMs), { bumpRevision: 100 });
    await world.start([first]);
    const [leader] = world.members as [Member];
    await world.run(leader.addMember(asLearner(2n)));
    const second = machine(2);
    await world.start([first, second].slice(1), true);
    await world.time.advance(5_000);
    expect((world.members[1] as Member).status()).toMatchObject({ revision: 109, keyCount: 3 });
    await world.stop();
  });
});

describe('recover', () => {
  it('lets one of three go on alone with all it has', async () => {
    const world = new World();
    const machines = [machine(1), machine(2), machine(3)];
    await world.start(machines);
    const put = (kv: Kv, key: string) =>
      world.run(kv.txn({ success: [{ type: 'put', request: { key: utf8(key), value: utf8('v') } }] }));
    for (let i = 0; i < 20; i++) await put((world.members[i % 3] as Member).kv, `key-${i}`);
    await world.time.advance(500);
    await world.stop();

    const survivor = machines[2] as Machine;
    await survivor.level.open();
    const deps = {
      id: survivor.id,
      disk: survivor.disk.attach(),
      level: survivor.level,
      time: world.time,
      logger: silentLogger,
    };
    const dry = await world.run(recoverMember(deps, { dryRun: true }));
    const plan = await world.run(recoverMember(deps));
    expect(plan).toEqual(dry);
    expect(plan.removed).toEqual([1n, 2n]);
    // A second time there is nothing to do.
    expect((await world.run(recoverMember(deps))).removed).toEqual([]);

    await world.start([survivor], true);
    const [alone] = world.members as [Member];
    expect((await world.all(alone.kv)).count).toBe(20);
    await put(alone.kv, 'after');
    expect(alone.status().config.voters).toEqual([3]);
    expect(alone.status().members.map(({ id }) => id)).toEqual([3n]);
    await world.run(alone.addMember(asLearner(4n)));
    await world.run(alone.addMember(asLearner(5n)));
    await world.start([machine(4), machine(5)], true);
    await world.time.advance(5_000);
    for (const member of world.members) expect(member.status()).toMatchObject({ revision: 22, keyCount: 21 });
    for (const id of [4n, 5n]) await world.run(alone.promoteMember(id));
    expect(alone.status().config.voters).toEqual([3, 4, 5]);
    await world.stop();
  });

  it('after a restore', async () => {
    const world = new World();
    const machines = [machine(1), machine(2), machine(3)];
    await restoreTo(world, machines, await fileOf(history, takenAtMs), { bumpRevision: 1_000_000_000 });
    await world.start(machines);
    const put = (kv: Kv, key: string) =>
      world.run(kv.txn({ success: [{ type: 'put', request: { key: utf8(key), value: utf8('v') } }] }));
    for (let i = 0; i < 20; i++) await put((world.members[i % 3] as Member).kv, `key-${i}`);
    await world.stop();
    const survivor = machines[2] as Machine;
    await survivor.level.open();
    const deps = {
      id: survivor.id,
      disk: survivor.disk.attach(),
      level: survivor.level,
      time: world.time,
      logger: silentLogger,
    };
    await world.run(recoverMember(deps));
    await world.start([survivor]);
    const [alone] = world.members as [Member];
    await put(alone.kv, 'after');
    await world.run(alone.addMember(asLearner(4n)));
    await world.run(alone.addMember(asLearner(5n)));
    await world.start([machine(4), machine(5)], true);
    await world.time.advance(5_000);
    for (const member of world.members)
      expect(member.status()).toMatchObject({ revision: 1_000_000_030, keyCount: 24 });
    await world.stop();
  });

  it('refuses a folder in which no member ran', async () => {
    const world = new World();
    const { id, disk, level } = machine(1);
    const deps = { id, disk: disk.attach(), level, time: world.time, logger: silentLogger };
    await expect(recoverMember(deps)).rejects.toMatchObject({ code: 'no-state' });
  });
});
