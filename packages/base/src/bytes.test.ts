import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  concatBytes,
  equalBytes,
  fromBase64,
  fromUtf8,
  fromUtf8Strict,
  toBase64,
  utf8,
} from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 40 });

describe('bytes', () => {
  it('order as Buffer orders them, and are equal only to themselves', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      }),
    );
  });

  it('join in order', () => {
    fc.assert(
      fc.property(fc.array(bytes), (parts) => {
        expect(concatBytes(parts)).toEqual(new Uint8Array(Buffer.concat(parts)));
      }),
    );
  });

  it('become base64 as everybody writes it, and come back', () => {
    fc.assert(
      fc.property(bytes, (each) => {
        expect(toBase64(each)).toBe(Buffer.from(each).toString('base64'));
        expect(fromBase64(toBase64(each))).toEqual(new Uint8Array(each));
      }),
    );
  });

  it.each(['a', 'abc', 'ab=c', 'a===', '!!!!', 'abcde='])('%j is no base64', (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });

  it('skip line breaks in base64, as Go does', () => {
    expect(fromBase64('aGVs\r\nbG8=\n')).toEqual(utf8('hello'));
  });

  it('are told apart from text that they are not', () => {
    expect(fromUtf8Strict(new Uint8Array([0xff, 0x41]))).toBeUndefined();
    expect(fromUtf8(new Uint8Array([0xff, 0x41]))).toBe('\ufffdA');
    expect(fromUtf8Strict(utf8('grüße'))).toBe('grüße');
  });
});
