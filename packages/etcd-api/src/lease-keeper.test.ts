import { createAsyncQueue } from '@trireme/base';
import { KvError } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import type { GrpcChannel } from './grpc-channel.ts';
import { createLeaseKeeper } from './lease-keeper.ts';

/** A channel whose streams answer when they are told to. */
function createFakeChannel() {
  const streams: { asked: unknown[]; answer(ID: number, TTL: number): void; fail(error: unknown): void }[] = [];
  const channel: GrpcChannel = {
    endpointCount: 1,
    closed: false,
    unary: () => Promise.reject(new Error('not here')),
    streams() {
      const answers = createAsyncQueue<object>();
      const asked: unknown[] = [];
      streams.push({ asked, answer: (ID, TTL) => answers.push({ ID, TTL }), fail: answers.fail });
      return {
        send: (message) => void asked.push(message),
        cancel: () => answers.end(),
        [Symbol.asyncIterator]: () => answers[Symbol.asyncIterator](),
      };
    },
    close: () => undefined,
  };
  return { channel, streams };
}

const gone = (): KvError => new KvError('unavailable', 'gone');

describe('a keeper of leases', () => {
  it('asks for all of them on one stream, and gives each its own answer', async () => {
    const { channel, streams } = createFakeChannel();
    const keeper = createLeaseKeeper(channel);
    const answers = [1n, 2n, 1n, 3n].map((id) => keeper.keepAlive(id, undefined));
    expect(streams).toHaveLength(1);
    expect(streams[0]?.asked).toEqual([{ ID: 1 }, { ID: 2 }, { ID: 1 }, { ID: 3 }]);
    streams[0]?.answer(2, 20);
    streams[0]?.answer(1, 10);
    streams[0]?.answer(3, 0);
    streams[0]?.answer(1, 11);
    const told = await Promise.allSettled(answers);
    expect(told.map((each) => (each.status === 'fulfilled' ? each.value.ttlSeconds : each.reason.code))).toEqual([
      10,
      20,
      11,
      'lease-not-found',
    ]);
  });

  it('fails those who wait when the stream is lost, and opens another', async () => {
    const { channel, streams } = createFakeChannel();
    const keeper = createLeaseKeeper(channel);
    const lost = keeper.keepAlive(1n, undefined);
    streams[0]?.fail(gone());
    await expect(lost).rejects.toMatchObject({ code: 'unavailable' });
    const next = keeper.keepAlive(1n, undefined);
    streams[1]?.answer(1, 10);
    expect(await next).toMatchObject({ ttlSeconds: 10 });
  });

  it('does not give the answer of one who gave up to the next', async () => {
    const { channel, streams } = createFakeChannel();
    const keeper = createLeaseKeeper(channel);
    const leaving = new AbortController();
    const left = keeper.keepAlive(1n, { signal: leaving.signal });
    const stays = keeper.keepAlive(1n, undefined);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: 'cancelled' });
    streams[0]?.answer(1, 10);
    streams[0]?.answer(1, 9);
    expect(await stays).toMatchObject({ ttlSeconds: 9 });
  });

  it('fails those who wait when it is closed', async () => {
    const { channel } = createFakeChannel();
    const keeper = createLeaseKeeper(channel);
    const waits = keeper.keepAlive(1n, undefined);
    keeper.close();
    await expect(waits).rejects.toMatchObject({ code: 'stopped' });
  });
});
