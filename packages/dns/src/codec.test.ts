import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dig, query, textOf } from '../test/dig.ts';
import { createZone, slice } from '../test/zone.ts';
import { answer } from './index.ts';

const web = 'web.default.svc.cluster.local';
const zone = createZone();

/** What comes back for a message that was changed by hand. */
function reply(change: (message: Uint8Array) => Uint8Array | undefined, type = 'A'): readonly string[] {
  const message = Uint8Array.from(query(web, type));
  const reaction = answer(change(message) ?? message, 'udp', zone.view);
  return reaction.do === 'reply' ? textOf(reaction.message) : [reaction.do];
}
const set = (at: number, value: number) => (message: Uint8Array) => void message.set([value], at);

describe('messages', () => {
  it.each<[string, (message: Uint8Array) => Uint8Array | undefined, readonly string[]]>([
    ['shorter than a header', (message) => message.subarray(0, 11), ['ignore']],
    ['that are answers', set(2, 0x81), ['ignore']],
    ['of another opcode', set(2, 0x20), ['NOTIMP']],
    ['without a question', set(5, 0), ['FORMERR']],
    ['with two questions', set(5, 2), ['FORMERR']],
    ['that end too early', (message) => message.subarray(0, -1), ['FORMERR']],
    ['with a pointer instead of a name', set(12, 0xc0), ['FORMERR']],
    ['with a label that is too long', set(12, 64), ['FORMERR']],
    ['that promise more than they hold', set(11, 3), ['FORMERR']],
  ])('%s', (_, change, expected) => {
    expect(reply(change)).toEqual(expected);
  });

  it('of another class are refused', () => {
    expect(reply((message) => void message.set([3], message.length - 1))).toEqual(['REFUSED']);
  });

  it('come back with their id, their wish for recursion and the case of their letters', () => {
    const reaction = answer(query('wEb.default.svc.cluster.local', 'A', 0xabcd), 'udp', zone.view);
    if (reaction.do !== 'reply') throw new TypeError('it is replied to');
    expect([...reaction.message.subarray(0, 4)]).toEqual([0xab, 0xcd, 0x85, 0]);
    expect(Buffer.from(reaction.message).toString('latin1')).toContain('\x03wEb\x07default');
  });

  it('never break it, whatever they hold', () => {
    const near = fc.tuple(fc.nat({ max: 80 }), fc.nat({ max: 255 }), fc.nat({ max: 80 })).map(([at, value, cut]) => {
      const message = Uint8Array.from(query(web, 'A', 7, 1232));
      message.set([value], at % message.length);
      return message.subarray(0, message.length - (cut > 70 ? cut - 70 : 0));
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), near), (message) => {
        const reaction = answer(message, 'udp', zone.view);
        if (reaction.do === 'reply') expect(reaction.message.subarray(0, 2)).toEqual(message.subarray(0, 2));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('size', () => {
  const index = createZone();
  const endpoints = Array.from({ length: 200 }, (_, i) => ({ addresses: [`10.244.7.${i}`] }));
  index.setSlice(slice('db-1', 'db', endpoints));
  const db = 'db.default.svc.cluster.local';
  const countOf = (lines: readonly string[]): number => lines.filter((line) => line.includes(' A ')).length;
  const bytesOf = (ednsBytes?: number): number => {
    const reaction = answer(query(db, 'A', 7, ednsBytes), 'udp', index.view);
    return reaction.do === 'reply' ? reaction.message.length : 0;
  };

  it.each<[number | undefined, number]>([
    [undefined, 512],
    [100, 512],
    [1000, 1000],
    [4096, 1232],
  ])('with EDNS %s stays within %i bytes, and says that it is not all', (ednsBytes, limit) => {
    const lines = dig(index.view, db, 'A', ednsBytes === undefined ? {} : { ednsBytes });
    expect(lines[0]).toBe('NOERROR aa tc');
    expect(lines.at(-1) === '+ . OPT').toBe(ednsBytes !== undefined);
    expect(bytesOf(ednsBytes)).toBeLessThanOrEqual(limit);
    // A record of the name that was asked for takes 16 bytes.
    expect(bytesOf(ednsBytes)).toBeGreaterThan(limit - 16);
  });

  it('is no matter over TCP', () => {
    const lines = dig(index.view, db, 'A', { transport: 'tcp' });
    expect([lines[0], countOf(lines)]).toEqual(['NOERROR aa', 201]);
  });

  it('leaves out additional records without a word', () => {
    const lines = dig(zone.view, '_pg._tcp.db.default.svc.cluster.local', 'SRV');
    expect(lines.filter((line) => line.includes('SRV'))).toHaveLength(3);
    expect(lines[0]).toBe('NOERROR aa');
  });

  it('refuses versions of EDNS that it does not know, and says which it does', () => {
    const message = Uint8Array.from(query(web, 'A', 7, 1232));
    // The version is in the OPT record's TTL, its second byte.
    message.set([1], message.length - 5);
    const reaction = answer(message, 'udp', zone.view);
    if (reaction.do !== 'reply') throw new TypeError('it is replied to');
    // BADVERS is 16: its upper bits are in the OPT record, its lower ones in the header.
    expect([reaction.message[3], reaction.message.at(-6), reaction.message.at(-5)]).toEqual([0, 1, 0]);
  });
});
