import { createHash } from 'node:crypto';
import { concatBytes } from '@trireme/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha1 } from './sha1.ts';
import { createFrameDecoder, encodeFrame, type Frame } from './websocket-frames.ts';

test('sha1 is the one of the platform', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(Buffer.from(sha1(bytes)).toString('hex')).toBe(createHash('sha1').update(bytes).digest('hex'));
    }),
  );
});

test('frames come out as they went in, however the bytes are cut', () => {
  const payload = fc.oneof(fc.uint8Array({ maxLength: 130 }), fc.constant(new Uint8Array(70_000).fill(7)));
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 4 }), fc.integer({ min: 1, max: 5000 }), (payloads, cut) => {
      const mask = new Uint8Array([9, 8, 7, 6]);
      const bytes = concatBytes(payloads.map((each) => encodeFrame(2, each, mask)));
      const decoder = createFrameDecoder({ requireMask: true });
      const got: Frame[] = [];
      for (let at = 0; at < bytes.length; at += cut) got.push(...decoder.push(bytes.subarray(at, at + cut)));
      expect(
        got.map((frame) => Buffer.compare(frame.payload, payloads[got.indexOf(frame)] ?? new Uint8Array())),
      ).toEqual(payloads.map(() => 0));
    }),
    { numRuns: 40 },
  );
});
