import { describe, expect, it } from 'vitest';
import { decodeHeaders, encodeHeader, encodeRequestHeaders } from './hpack.ts';
import { decodeHuffman } from './huffman.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('decodeHuffman', () => {
  // RFC 7541, appendix C.4 and C.6.
  it.each([
    ['www.example.com', 'f1e3 c2e5 f23a 6ba0 ab90 f4ff'],
    ['no-cache', 'a8eb 1064 9cbf'],
    ['custom-value', '25a8 49e9 5bb8 e8b4 bf'],
    ['Mon, 21 Oct 2013 20:13:21 GMT', 'd07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff'],
    [
      'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
      '94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ],
  ])('reads %s', (text, hex) => {
    expect(decodeHuffman(bytes(hex))).toBe(text);
  });

  it.each([
    ['zeroes where ones have to pad', '18'],
    ['an end of the string inside', 'ffff ffff'],
  ])('refuses %s', (_what, hex) => {
    expect(() => decodeHuffman(bytes(hex))).toThrow('read a header');
  });
});

describe('decodeHeaders', () => {
  it('reads what encodeHeader writes, names known and unknown', () => {
    const headers = [
      [':status', '200'],
      ['content-type', 'application/grpc'],
      ['grpc-status', '14'],
      ['grpc-message', 'x'.repeat(300)],
    ] as const;
    const block = Buffer.concat(headers.map(([name, value]) => encodeHeader(name, value)));
    expect([...decodeHeaders(block)]).toEqual(headers);
  });

  it('passes over an update of the table’s size', () => {
    expect(decodeHeaders(bytes('20 88')).get(':status')).toBe('200');
  });

  it('refuses entries of a dynamic table and texts that end early', () => {
    expect(() => decodeHeaders(bytes('be'))).toThrow('dynamic table');
    expect(() => decodeHeaders(bytes('00 05 61 62'))).toThrow('ends too early');
  });

  it('keeps no state in a request', () => {
    const block = encodeRequestHeaders({ path: '/a.B/C', authority: 'localhost:1', scheme: 'https' });
    expect(Object.fromEntries(decodeHeaders(block))).toEqual({
      ':method': 'POST',
      ':scheme': 'https',
      ':path': '/a.B/C',
      ':authority': 'localhost:1',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
  });
});
