import { concatBytes, utf8 } from '@trireme/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { builtinTypes } from '../type-table.ts';
import { decodeMessage, encodeProtobuf } from './protobuf.ts';
import { createWatchFrameReader, encodeWatchFrame, type WatchFrame } from './watch-frame.ts';

test('a frame is a length and a WatchEvent around the bytes of its object', () => {
  const object = encodeProtobuf(builtinTypes, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
  const frame = encodeWatchFrame('ADDED', object);
  expect(new DataView(frame.buffer).getUint32(0)).toBe(frame.length - 4);
  expect(decodeMessage(builtinTypes, 'apimachinery.pkg.apis.meta.v1.WatchEvent', frame.subarray(4))).toEqual({
    type: 'ADDED',
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
  });
});

test('a stream is cut into the same frames, however its bytes arrive', () => {
  const objects = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });
  fc.assert(
    fc.property(objects, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (bodies, sizes) => {
      const stream = concatBytes(bodies.map((body, i) => encodeWatchFrame(`T${i}`, body)));
      const reader = createWatchFrameReader();
      const frames: WatchFrame[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        frames.push(...reader.push(stream.subarray(at, at + size)));
        at += size;
      }
      expect(frames.map(({ type, object }) => [type, [...object]])).toEqual(
        bodies.map((body, i) => [`T${i}`, [...body]]),
      );
    }),
  );
});

test('a length that no frame has is refused', () => {
  expect(() => createWatchFrameReader().push(utf8('HTTP/1.1'))).toThrow('too large');
});
