import { writeFileSync } from 'node:fs';
import { CodedError } from '@trireme/base';
import { DiskError } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { fullDiskError, namingFullDisk } from './full-disk.ts';

const system = (code: string, path?: string) => Object.assign(new Error(`${code}: no space left`), { code, path });

describe('a full disk', () => {
  it.each<[string, unknown, string]>([
    ['of a file that is opened', system('ENOSPC', '/d/pki/ca.key'), '/d/pki/ca.key'],
    ['of a file that is written', system('ENOSPC'), '/d'],
    ['of a quota', system('EDQUOT'), '/d'],
    [
      'of the database',
      new Error('Database failed to open', {
        cause: new Error('IO error: /d/state/MANIFEST-000002: No space left on device'),
      }),
      '/d/state/MANIFEST-000002',
    ],
    [
      'of the log',
      new DiskError('no-space', 'cannot write /d/log/incarnation: the disk is full; free space on it.'),
      '/d/log/incarnation',
    ],
    ['behind another error', new CodedError('no-member', 'start', { cause: system('ENOSPC', '/d/x') }), '/d/x'],
  ])('%s is said in one line', (_, error, place) => {
    expect(fullDiskError('/d', error)?.message).toBe(`cannot write ${place}: the disk is full; free space on it.`);
  });

  it('is told from all else', async () => {
    const other = system('EACCES', '/d');
    expect(fullDiskError('/d', other)).toBeUndefined();
    await expect(namingFullDisk('/d', () => Promise.reject(other))).rejects.toBe(other);
    await expect(namingFullDisk('/d', async () => writeFileSync('/dev/full', 'x'))).rejects.toMatchObject({
      message: 'cannot write /d: the disk is full; free space on it.',
    });
  });
});
