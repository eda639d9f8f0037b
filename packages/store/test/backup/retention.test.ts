import { type Bytes, concatBytes, fromUtf8, utf8 } from '@trireme/base';
import { describe, expect, it } from 'vitest';
import { openSnapshot, snapshotStatus } from '../../src/backup/index.ts';
import type { Member } from '../../src/index.ts';
import { sourceOf } from './memory-copy.ts';
import { asLearner, machine, restoreTo, World } from './world.ts';

const hourMs = 3_600_000;

async function saved(world: World, member: Member): Promise<Bytes> {
  const { pieces } = await world.run(member.snapshot());
  const collect = async (): Promise<Bytes> => {
    const parts: Bytes[] = [];
    for await (const piece of pieces) parts.push(piece);
    return concatBytes(parts);
  };
  return world.run(collect());
}

/** A value as it was, in a cluster that is restored from the file. */
async function restored(file: Bytes, at: { revision: number } | { unixMs: number }): Promise<readonly string[]> {
  const world = new World();
  const machines = [machine(30)];
  await restoreTo(world, machines, file, { at, bumpRevision: 1000 });
  await world.start(machines);
  const { kvs } = await world.all((world.members[0] as Member).kv);
  await world.stop();
  return kvs.map(({ key, value }) => `${fromUtf8(key)}=${fromUtf8(value)}`);
}

describe('history that is kept past a compaction', () => {
  it('is all in a snapshot that is taken right after it', async () => {
    const world = new World({ retentionMs: hourMs, checkpointEntries: 10_000 });
    const machines = [machine(1)];
    await world.start(machines);
    const { kv } = world.members[0] as Member;
    for (let i = 0; i < 100; i++) await world.put(kv, `k${i % 3}`, `v${i}`);
    const last = await world.put(kv, 'k0', 'last');
    await world.run(kv.compact(last));
    const { pointInTime } = await snapshotStatus(
      await openSnapshot(sourceOf(await saved(world, world.members[0] as Member))),
    );
    expect(pointInTime).toMatchObject({ fromRevision: 4, toRevision: last });
    await world.stop();
  });

  it('is sent to a member that joins, whose snapshots go back as far', async () => {
    const world = new World({ retentionMs: hourMs, timeMarkMs: 1000 });
    const first = machine(1);
    await world.start([first]);
    const [leader] = world.members as [Member];
    const { kv } = leader;
    await world.put(kv, 'kept', 'before');
    const before = await world.put(kv, 'gone', 'precious');
    await world.time.advance(2_000);
    const beforeMs = world.time.now();
    await world.time.advance(2_000);
    const request = { key: utf8('gone') };
    await world.run(kv.txn({ success: [{ type: 'delete-range', request }] }));
    let last = 0;
    for (let i = 0; i < 40; i++) last = await world.put(kv, 'kept', `after ${i}`);
    await world.run(kv.compact(last));
    await world.time.advance(5_000);

    await world.run(leader.addMember(asLearner(2n)));
    await world.start([machine(2)], true);
    await world.time.advance(5_000);
    const joined = world.members[1] as Member;
    expect(joined.status()).toMatchObject({ revision: last, compactRevision: last });
    // The one that knew it all is lost with its disk.
    const file = await saved(world, joined);
    await world.stop();
    expect(await restored(file, { revision: before })).toEqual(['gone=precious', 'kept=before']);
    expect(await restored(file, { unixMs: beforeMs })).toEqual(['gone=precious', 'kept=before']);
    expect(await restored(file, { revision: last })).toEqual(['kept=after 39']);
  });
});
