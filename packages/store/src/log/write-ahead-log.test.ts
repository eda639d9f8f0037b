import { utf8 } from '@trireme/base';
import { silentLogger } from '@trireme/ports';
import { createMemoryDisk, createSeededRandom, createVirtualTime, type MemoryDisk } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../raft/index.ts';
import { crc32c, LogDamagedError, openLog, type WriteAheadLog } from './index.ts';

const entry = (index: number, term: number, size = 20): Entry => ({
  index,
  term,
  kind: 'normal',
  data: utf8(`${term}/${index}`.padEnd(size, '.')),
});

async function open(disk: MemoryDisk, applied = { index: 0, term: 0 }) {
  const time = createVirtualTime();
  return {
    time,
    ...(await openLog({ disk: disk.attach(), time, logger: silentLogger }, { segmentBytes: 1024, applied })),
  };
}

const places = (entries: readonly Entry[]): string[] => entries.map(({ index, term }) => `${term}/${index}`);

describe('checksum', () => {
  it.each([
    ['', 0],
    ['123456789', 0xe3069283],
    ['The quick brown fox jumps over the lazy dog', 0x22620404],
  ])('of %j is the published one', (text, expected) => {
    expect(crc32c(utf8(text))).toBe(expected);
  });

  it('goes on from a part', () => {
    const bytes = utf8('The quick brown fox jumps over the lazy dog');
    expect(crc32c(bytes, 10, bytes.length, crc32c(bytes, 0, 10))).toBe(crc32c(bytes));
  });
});

describe('write-ahead log', () => {
  it('gives back what was appended, over many segments', async () => {
    const disk = createMemoryDisk();
    const { log } = await open(disk);
    for (let index = 1; index <= 100; index++)
      await log.append({ hardState: { term: 2, vote: 3, commit: index - 1 }, entries: [entry(index, 2, 100)] });
    await log.append({ entries: [entry(90, 3)] });
    await log.close();
    const { contents } = await open(disk);
    expect(contents.hardState).toEqual({ term: 2, vote: 3, commit: 99 });
    expect(contents.entries.length).toBe(90);
    expect(places(contents.entries).slice(-2)).toEqual(['2/89', '3/90']);
    expect((await disk.attach().list('log')).length).toBeGreaterThan(5);
  });

  it('drops old segments, and begins behind the applied state', async () => {
    const disk = createMemoryDisk();
    const { log } = await open(disk);
    for (let index = 1; index <= 60; index++)
      await log.append({ hardState: { term: 1, vote: 0, commit: index }, entries: [entry(index, 1, 100)] });
    await log.compact(40);
    await log.close();
    const { contents } = await open(disk, { index: 40, term: 1 });
    expect(contents.mark.index).toBeGreaterThan(30);
    expect(contents.mark.index).toBeLessThanOrEqual(40);
    expect(contents.entries.at(-1)?.index).toBe(60);
    await expect(open(disk, { index: 3, term: 1 })).rejects.toThrow(LogDamagedError);
    // A snapshot of another branch, installed just before a crash.
    const beyond = await open(disk, { index: 50, term: 2 });
    expect(beyond.contents).toMatchObject({ mark: { index: 50, term: 2 }, entries: [], hardState: { commit: 60 } });
  });

  it('writes all that waits at once', async () => {
    const disk = createMemoryDisk();
    const { log } = await open(disk);

    const before = disk.usedBytes;
    await Promise.all(Array.from({ length: 8 }, (_, i) => log.append({ entries: [entry(i + 1, 1)] })));

    const { contents } = await open(disk);
    expect(contents.entries.length).toBe(8);
    expect(disk.usedBytes - before).toBeLessThanOrEqual(2048);
  });

  it('never loses what was acknowledged, and cuts a torn tail off, at any crash', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = createSeededRandom(seed);
      const disk = createMemoryDisk();
      let next = 1;
      let acknowledged = 0;
      for (let life = 0; life < 5; life++) {
        const { log, contents } = await open(disk);
        const last = contents.entries.at(-1)?.index ?? 0;
        expect(last).toBeGreaterThanOrEqual(acknowledged);
        expect(places(contents.entries)).toEqual(Array.from({ length: last }, (_, i) => `1/${i + 1}`));
        next = last + 1;
        const stop = random.below(30);
        for (let step = 0; step < stop; step++) {
          const index = next++;
          void log.append({ entries: [entry(index, 1, 10 + random.below(800))] }).then(() => {
            acknowledged = index;
          });
          for (let i = random.below(12); i > 0; i--) await undefined;
        }
        disk.crash(random);
      }
    }
  });

  it('tells damage from a torn tail, and where it is', async () => {
    for (const segment of [1, 3]) {
      const disk = createMemoryDisk();
      const { log } = await open(disk);
      for (let index = 1; index <= 23; index++) await log.append({ entries: [entry(index, 1, 100)] });
      await log.close();
      disk.corrupt(`log/00000000000${segment}.log`, 300);
      const error = await open(disk).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LogDamagedError);
      expect(error).toMatchObject({ file: `log/00000000000${segment}.log` });
      expect((error as LogDamagedError).offset).toBeGreaterThan(100);
      expect((error as LogDamagedError).offset).toBeLessThanOrEqual(300);
    }
  });

  it('waits while the disk is full, and goes on when there is space', async () => {
    const disk = createMemoryDisk();
    const { log, time } = await open(disk);
    await time.advance(1);
    disk.setCapacity(disk.usedBytes);
    let written = 0;
    const append = async (log: WriteAheadLog): Promise<void> => {
      for (let index = 1; index <= 40; index++) {
        await log.append({ entries: [entry(index, 1, 100)] });
        written = index;
      }
    };
    const done = append(log);
    await time.advance(2000);
    expect(log.isFull).toBe(true);
    const stuck = written;
    expect(stuck).toBeLessThan(40);
    disk.setCapacity(undefined);
    await time.advance(2000);
    await done;
    expect(log.isFull).toBe(false);
    expect((await open(disk)).contents.entries.length).toBe(40);
  });

  it.each([
    ['whole', []],
    ['damaged in its first copy', [20]],
    ['damaged in its second copy', [4096 + 20]],
  ])('begins anew where entries are lost, with the vote that was given: its file is %s', async (_, offsets) => {
    const disk = createMemoryDisk();
    const deps = { time: createVirtualTime(), logger: silentLogger };
    const { log } = await openLog({ ...deps, disk: disk.attach() });
    for (let index = 1; index <= 3; index++)
      await log.append({ hardState: { term: index, vote: 7, commit: 0 }, entries: [entry(index, 1, 200)] });
    for (let index = 4; index <= 9; index++) await log.append({ entries: [entry(index, 3)] });
    await log.append({ entries: [entry(6, 4)] });
    await log.append({ hardState: undefined, entries: [] });
    await log.close();
    // The record with the last vote.
    disk.corrupt('log/000000000001.log', 600);
    for (const offset of offsets) disk.corrupt('log/hard-state', offset);
    // A state that has all entries makes up for them, not for the vote.
    const covered = await openLog({ ...deps, disk: disk.attach() }, { applied: { index: 6, term: 4 } });
    expect(covered.contents.hardState).toMatchObject({ term: 3, vote: 7 });
    await covered.log.close();
    const opened = await openLog({ ...deps, disk: disk.attach() }, { repair: true, applied: { index: 1, term: 1 } });
    expect(opened.contents).toMatchObject({
      hardState: { term: 3, vote: 7, commit: 1 },
      mark: { index: 1, term: 1 },
      entries: [],
    });
    expect(opened.repair).toMatchObject({ floor: 6, term: 3, damage: { file: 'log/000000000001.log' } });
    await opened.log.append({ entries: [entry(2, 3)] });
    await opened.log.close();
    // Until it is repaired, every start says so, and the vote is in both copies again.
    const again = await openLog({ ...deps, disk: disk.attach() }, { repair: true, applied: { index: 1, term: 1 } });
    expect(again.contents).toMatchObject({ hardState: { term: 3, vote: 7 }, entries: [{ index: 2 }] });
    expect(again.repair?.floor).toBe(6);
    await again.log.repaired();
    await again.log.close();
    const whole = await openLog({ ...deps, disk: disk.attach() }, { applied: { index: 1, term: 1 } });
    expect(whole.repair).toBeUndefined();
    expect(disk.paths().filter((path) => path.includes('damaged'))).toEqual([]);
  });

  it('knows damage to the last record for what it is once it has been quiet', async () => {
    const disk = createMemoryDisk();
    const { log, time } = await open(disk);
    await log.append({ entries: [entry(1, 1, 100)] });
    await log.append({ entries: [entry(2, 1, 100)] });
    const last = disk.lastWriteOffset('log/000000000001.log');
    await time.advance(5000);
    disk.corrupt('log/000000000001.log', last + 50);
    await expect(open(disk)).rejects.toThrow(LogDamagedError);
  });
});
