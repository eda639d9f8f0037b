import { createDeferred, fromUtf8, utf8 } from '@trireme/base';
import { createMemoryKv, createVirtualTime, type MemoryKv } from '@trireme/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { toNumber, type WatchCreateMessage, type WatchResponseMessage } from '../mapping/index.ts';
import { createWatchSession, type WatchSession } from './watch-session.ts';

const maxResponseBytes = 3_000;
let kv: MemoryKv;
let session: WatchSession;
let sent: WatchResponseMessage[];
/** What the connection does with a message. */
let take: () => Promise<void>;
let failures: unknown[];

beforeEach(() => {
  kv = createMemoryKv({ time: createVirtualTime() });
  sent = [];
  failures = [];
  take = async () => undefined;
  const send = async (message: object): Promise<void> => {
    sent.push(message as WatchResponseMessage);
    await take();
  };
  session = createWatchSession({ kv, maxResponseBytes }, send, (error) => failures.push(error));
  return () => {
    session.close();
    kv.close();
  };
});

const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};
const create = async (more: WatchCreateMessage = {}): Promise<void> => {
  await session.take({ createRequest: { key: utf8('a'), ...more } });
  await settle();
};
const put = async (key: string, value = '1'): Promise<void> => {
  await kv.txn({ success: [{ type: 'put', request: { key: utf8(key), value: utf8(value) } }] });
  await settle();
};
const brief = ({ watchId, header, created, canceled, fragment, events }: WatchResponseMessage): string => {
  const marks = [created && 'created', canceled && 'canceled', fragment && 'fragment'].filter(Boolean);
  const texts = (events ?? []).map((event) => `${event.type}:${fromUtf8(event.kv?.key ?? utf8('?'))}`);
  return [`#${watchId}@${toNumber(header?.revision)}`, ...marks, ...texts].join(' ');
};
const told = (): string[] => sent.splice(0).map(brief);

describe('the watches of one stream', () => {
  it('are numbered, and told apart', async () => {
    await create();
    await create({ key: utf8('b') });
    await create({ key: utf8('c'), watchId: 7 });
    await put('b');
    await put('c');
    expect(told()).toEqual(['#0@1 created', '#1@1 created', '#7@1 created', '#1@2 0:b', '#7@3 0:c']);
  });

  it('get numbers that nobody took', async () => {
    await create({ watchId: 1 });
    await create();
    await create();
    expect(told()).toEqual(['#1@1 created', '#0@1 created', '#2@1 created']);
  });

  it('are refused with a number that is taken, and over an empty range', async () => {
    await create({ watchId: 7 });
    await create({ watchId: 7 });
    await create({ rangeEnd: utf8('A') });
    expect(sent.map(({ cancelReason }) => cancelReason)).toEqual([
      undefined,
      'mvcc: duplicate watch ID provided on the WatchStream',
      'mvcc: watcher range is empty',
    ]);
    expect(told()).toEqual(['#7@1 created', '#-1@1 created canceled', '#-1@1 created canceled']);
  });

  it('tell nothing after they were cancelled', async () => {
    await create();
    await session.take({ cancelRequest: { watchId: 0 } });
    await session.take({ cancelRequest: { watchId: 5 } });
    await put('a');
    expect(told()).toEqual(['#0@1 created', '#0@1 canceled']);
  });

  it('end where history was compacted, saying to which revision', async () => {
    for (let i = 0; i < 4; i++) await put('a');
    await kv.compact(4);
    await create({ startRevision: 2 });
    expect(toNumber(sent.at(-1)?.compactRevision)).toBe(4);
    expect(told()).toEqual(['#0@5 created', '#0@5 canceled']);
  });

  it('answer a request for progress once, for all', async () => {
    await session.take({ progressRequest: {} });
    await create();
    await create({ key: utf8('b') });
    await put('a');
    await put('x');
    told();
    await session.take({ progressRequest: {} });
    await settle();
    expect(told()).toEqual(['#-1@3']);
  });

  it('answer for progress only after what the slowest has to tell', async () => {
    await create();
    await settle();
    const busy = createDeferred<void>();
    take = () => busy.promise;
    await put('a');
    await put('a');
    await session.take({ progressRequest: {} });
    await settle();
    expect(told()).toEqual(['#0@1 created', '#0@2 0:a']);
    busy.resolve();
    await settle();
    expect(told()).toEqual(['#0@3 0:a', '#-1@3']);
  });

  it('do not wait for the progress of one that is gone', async () => {
    await create();
    await create({ key: utf8('b') });
    const busy = createDeferred<void>();
    take = () => busy.promise;
    await put('a');
    await session.take({ progressRequest: {} });
    take = async () => undefined;
    await session.take({ cancelRequest: { watchId: 0 } });
    await settle();
    expect(told().slice(-2)).toEqual(['#-1@2', '#0@2 canceled']);
  });

  it('are split where they are large, for who asked for it', async () => {
    const request = { rangeEnd: utf8('z'), fragment: true };
    await create(request);
    await create({ ...request, fragment: false });
    told();
    const value = new Uint8Array(1_000);
    const success = ['a', 'b', 'c'].map((key) => ({ type: 'put', request: { key: utf8(key), value } }) as const);
    await kv.txn({ success });
    await settle();
    expect(told().sort()).toEqual(['#0@2 0:c', '#0@2 fragment 0:a 0:b', '#1@2 0:a 0:b 0:c']);
  });

  it('tell no further parts after they were cancelled between them', async () => {
    await create({ rangeEnd: utf8('z'), fragment: true });
    told();
    const busy = createDeferred<void>();
    take = () => busy.promise;
    const value = new Uint8Array(2_000);
    const success = ['a', 'b', 'c'].map((key) => ({ type: 'put', request: { key: utf8(key), value } }) as const);
    await kv.txn({ success });
    await settle();
    take = async () => undefined;
    await session.take({ cancelRequest: { watchId: 0 } });
    busy.resolve();
    await settle();
    expect(told()).toEqual(['#0@2 fragment 0:a', '#0@2 canceled']);
  });

  it('hold one response each while the connection takes no more', async () => {
    await create();
    take = () => new Promise(() => undefined);
    for (let i = 0; i < 20; i++) await put('a');
    expect(told()).toEqual(['#0@1 created', '#0@2 0:a']);
    expect(failures).toEqual([]);
  });

  it('fail the stream when the connection fails', async () => {
    await create();
    take = () => Promise.reject(new Error('gone'));
    await put('a');
    expect(failures).toEqual([new Error('gone')]);
  });
});
