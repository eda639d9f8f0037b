import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromUtf8, utf8 } from '@trireme/base';
import type { Disk } from '@trireme/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodeDisk, openNodeLevel } from './index.ts';

let directory: string;
let disk: Disk;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'node-disk-'));
  disk = await createNodeDisk(join(directory, 'a', 'b'));
});
afterEach(() => rm(directory, { recursive: true }));

describe('node disk', () => {
  it('reads what was written, whichever way', async () => {
    const file = await disk.open('file', 'create');
    await file.write(0, new Uint8Array(100));
    await file.sync();
    await file.writeDurably?.(10, utf8('hello'));
    expect(fromUtf8(await file.read(10, 5))).toBe('hello');
    expect((await file.read(98, 10)).length).toBe(2);
    expect(await file.size()).toBe(100);
    await file.truncate(12);
    await file.close();
    expect((await disk.readFile('file')).length).toBe(12);
    await disk.syncDirectory('.');
  });

  it('replaces files whole, and names the folder sorted', async () => {
    await disk.makeDirectory('log');
    await disk.writeFileAtomic('log/b', utf8('1'));
    await disk.writeFileAtomic('log/b', utf8('2'));
    await disk.writeFileAtomic('log/a', utf8('1'));
    await disk.rename('log/a', 'log/c');
    expect(await disk.list('log')).toEqual(['b', 'c']);
    expect(fromUtf8(await disk.readFile('log/b'))).toBe('2');
    await disk.remove('log');
    await disk.remove('log');
    expect(await disk.list('log')).toEqual([]);
  });

  it('says what went wrong by code', async () => {
    await disk.writeFileAtomic('there', utf8('x'));
    await expect(disk.open('there', 'create')).rejects.toMatchObject({ code: 'exists' });
    await expect(disk.open('missing', 'existing')).rejects.toMatchObject({ code: 'not-found' });
    await expect(disk.readFile('missing')).rejects.toMatchObject({ code: 'not-found' });
    await expect(disk.readFile('../../../etc/passwd')).rejects.toMatchObject({ code: 'io' });
    const full = await createNodeDisk('/dev');
    const file = await full.open('full', 'existing');
    await expect(file.write(0, utf8('x'))).rejects.toMatchObject({ code: 'no-space' });
    await file.close();
  });

  it('names the file that a full disk has no space for', async () => {
    await symlink('/dev/full', join(directory, 'a', 'b', 'there.new'));
    await expect(disk.writeFileAtomic('there', utf8('x'))).rejects.toMatchObject({
      code: 'no-space',
      message: `cannot write ${join(directory, 'a', 'b', 'there')}: the disk is full; free space on it.`,
    });
  });

  it('keeps a database of bytes', async () => {
    const level = await openNodeLevel(join(directory, 'level'));
    await level.put(new Uint8Array([1, 0]), new Uint8Array([2]));
    expect([...((await level.get(new Uint8Array([1, 0]))) ?? [])]).toEqual([2]);
    await level.close();
  });
});
