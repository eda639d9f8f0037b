import type { HttpResponse } from '@trireme/ports';
import { createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { createLifetime, mortalHandler } from './lifetime.ts';

const request = { method: 'GET', path: '/', headers: {} };
const peer = { address: '' };
const never = new Promise<never>(() => undefined);

function setup(answer: () => Promise<HttpResponse>) {
  const time = createVirtualTime();
  const life = createLifetime(time, 'it');
  return { time, life, handler: mortalHandler(answer, life, 'it') };
}

describe('a lifetime', () => {
  it('ends its timers, and starts none after', async () => {
    const { time, life } = setup(() => never);
    const fired: string[] = [];
    life.time.after(10, () => fired.push('before'));
    life.time.after(30, () => fired.push('too late'));
    life.time.after(5, () => fired.push('cancelled')).cancel();
    await time.advance(20);
    life.end();
    life.time.after(10, () => fired.push('after'));
    await time.advance(100);
    expect(fired).toEqual(['before']);
    expect(time.pending).toBe(0);
  });

  it('breaks off what is being asked, and then answers nobody', async () => {
    const { life, handler } = setup(() => never);
    const asked = handler(request, peer);
    life.end();
    await expect(asked).rejects.toMatchObject({ code: 'broken-off' });
    await expect(handler(request, peer)).rejects.toMatchObject({ code: 'unreachable' });
    await expect(life.during(Promise.resolve(1))).rejects.toMatchObject({ code: 'broken-off' });
  });

  it('breaks off bodies that are being read', async () => {
    const body = (async function* () {
      yield new Uint8Array([1]);
      await never;
    })();
    const { life, handler } = setup(async () => ({ status: 200, headers: {}, body }));
    const reader = ((await handler(request, peer)).body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: new Uint8Array([1]) });
    const next = reader.next();
    life.end();
    await expect(next).rejects.toMatchObject({ code: 'broken-off' });
    expect(await reader.return?.()).toEqual({ done: true, value: undefined });
  });

  it('cuts connections that were upgraded', async () => {
    const onUpgrade = (): void => undefined;
    const { life, handler } = setup(async () => ({ status: 101, headers: {}, body: new Uint8Array(), onUpgrade }));
    let cut = false;
    (await handler(request, peer)).onUpgrade?.({
      incoming: (async function* () {})(),
      write: async () => undefined,
      end: () => undefined,
      destroy: () => {
        cut = true;
      },
    });
    life.end();
    expect(cut).toBe(true);
  });
});
