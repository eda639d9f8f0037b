import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RpcError } from '../mapping/index.ts';
import { frameOf } from './message-frame.ts';
import { MessageReader, wholeMessage } from './message-reader.ts';

const limits = { maxMessageBytes: 10_000, encoding: undefined };
const messages = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 });

describe('a reader of messages', () => {
  it('finds the messages that were framed, however their bytes came', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat({ max: 90 })), fc.boolean(), (sent, cuts, eager) => {
        const bytes = Buffer.concat(sent.map(frameOf));
        const reader = new MessageReader(limits);
        const read: Buffer[] = [];
        const take = (): void => {
          for (let next = reader.next(); next; next = reader.next()) read.push(next);
        };
        let at = 0;
        for (const cut of cuts) {
          reader.push(Buffer.from(bytes.subarray(at, at + cut)));
          at += cut;
          // What was read stays as it was while more comes.
          if (eager) take();
        }
        reader.push(Buffer.from(bytes.subarray(at)));
        take();
        expect(read.map((each) => each.toString('hex'))).toEqual(sent.map((each) => Buffer.from(each).toString('hex')));
        expect(reader.sizeBytes).toBe(0);
      }),
    );
  });

  it('takes room for what came, and not for what was announced', () => {
    const reader = new MessageReader({ ...limits, maxMessageBytes: 2 ** 32 });
    reader.push(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]));
    reader.push(Buffer.from([2]));
    expect([reader.sizeBytes, reader.ready, reader.next()]).toEqual([7, false, undefined]);
  });

  it('refuses what is too large when its length is known', () => {
    const reader = new MessageReader({ ...limits, maxMessageBytes: 10 });
    reader.push(frameOf(new Uint8Array(10)));
    expect(reader.next()).toHaveLength(10);
    reader.push(Buffer.from([0, 0, 0, 0, 11]));
    expect(reader.ready).toBe(true);
    expect(() => reader.next()).toThrow(RpcError);
  });

  it.each([
    ['all of a message', frameOf(Buffer.from('abc')), 'abc'],
    ['an empty message', frameOf(Buffer.alloc(0)), ''],
    ['a part', frameOf(Buffer.from('abc')).subarray(0, 7), undefined],
    ['more than one', Buffer.concat([frameOf(Buffer.from('a')), frameOf(Buffer.from('b'))]), undefined],
    ['a compressed one', Buffer.from([1, 0, 0, 0, 0]), undefined],
    ['one that is too large', frameOf(Buffer.alloc(11)), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ])('knows %s at a glance', (_what, bytes, message) => {
    expect(wholeMessage(bytes, 10)?.toString()).toBe(message);
  });
});
