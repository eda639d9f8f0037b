import { createHash } from 'node:crypto';
import { utf8 } from '@trireme/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSha256 } from './sha256.ts';

describe('sha256', () => {
  it('is the one that everybody has, however the input is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (parts) => {
        const ours = createSha256();
        const theirs = createHash('sha256');
        for (const part of parts) {
          ours.update(part);
          theirs.update(part);
        }
        expect(Buffer.from(ours.digest()).toString('hex')).toBe(theirs.digest('hex'));
      }),
    );
  });

  it('sums nothing, and 64 bytes', () => {
    expect(Buffer.from(createSha256().digest()).toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    const block = createSha256();
    block.update(utf8('x'.repeat(64)));
    expect(Buffer.from(block.digest()).toString('hex')).toBe(createHash('sha256').update('x'.repeat(64)).digest('hex'));
  });
});
