import { concatBytes } from '@trireme/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader, framed } from './frames.ts';

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sent, cuts) => {
        const stream = concatBytes(sent.map(framed));
        const received: number[][] = [];
        const reader = createFrameReader(100, (frame) => received.push([...frame]));
        for (let at = 0, cut = 0; at < stream.length; cut++) {
          const size = cuts[cut % cuts.length] as number;
          expect(reader.push(stream.subarray(at, at + size))).toBe(true);
          at += size;
        }
        expect(received).toEqual(sent.map((frame) => [...frame]));
      }),
    );
  });

  it('are refused beyond the limit', () => {
    const reader = createFrameReader(100, () => undefined);
    expect(reader.push(framed(new Uint8Array(101)))).toBe(false);
  });
});
