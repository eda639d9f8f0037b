import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pointInTime } from './command.ts';
import { writeSnapshotFile } from './save-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'save-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const database = new Uint8Array(8192).fill(7);
const whole = new Uint8Array(Buffer.concat([database, createHash('sha256').update(database).digest()]));

/** In pieces that end within the sum, too. */
async function* cut(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function* breakOff(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 5000);
  throw new Error('the connection is gone');
}

describe('a snapshot that is saved', () => {
  it.each([5, 33, 1000, 9000])('is there whole, however it comes (%i bytes a piece)', async (pieceBytes) => {
    const file = join(folder, 'a.db');
    writeFileSync(file, 'an older one');
    expect(await writeSnapshotFile(file, cut(whole, pieceBytes))).toBe(whole.length);
    expect(readFileSync(file).equals(whole)).toBe(true);
    expect(readdirSync(folder)).toEqual(['a.db']);
  });

  it.each([
    ['is cut off', () => cut(whole.subarray(0, 8000), 1000), 'does not fit its checksum'],
    ['lacks its sum', () => cut(database, 1000), 'does not fit its checksum'],
    ['is changed on the way', () => cut(whole.with(100, 8), 1000), 'does not fit its checksum'],
    ['breaks off', () => breakOff(whole), 'the connection is gone'],
  ])('is not there where it %s, and an older one stays', async (_, pieces, text) => {
    const file = join(folder, 'a.db');
    writeFileSync(file, 'an older one');
    await expect(writeSnapshotFile(file, pieces())).rejects.toThrow(text);
    expect(readdirSync(folder)).toEqual(['a.db']);
    expect(readFileSync(file, 'utf8')).toBe('an older one');
  });
});

describe('--at', () => {
  it.each([
    ['17', { revision: 17 }],
    ['2026-01-31T15:00:00Z', { unixMs: 1769871600000 }],
    ['2026-01-31T16:00:00+01:00', { unixMs: 1769871600000 }],
  ])('takes %s', (text, point) => {
    expect(pointInTime(text)).toEqual(point);
  });

  it.each(['yesterday', '', '-4', '2026-01-31 15:00', '99999999999999999999'])('refuses "%s"', (text) => {
    expect(() => pointInTime(text)).toThrow();
  });
});
