import { statusErrors } from '@trireme/api-machinery';
import { expect, it } from 'vitest';
import { createWaitFor } from './wait-for.ts';

function setup() {
  let nowMs = 0;
  const waits: number[] = [];
  const pass = async (ms: number): Promise<void> => {
    nowMs += ms;
    waits.push(ms);
  };
  return { waits, waitFor: createWaitFor({ now: () => nowMs, monotonic: () => nowMs }, pass) };
}

it('returns the first answer, also one that is empty', async () => {
  const answers = [undefined, null, false, 0, 1];
  expect(await setup().waitFor('a number', () => answers.shift())).toBe(0);
});

it('takes a refusal by the API for "not yet", and a bug for a bug', async () => {
  const { waitFor } = setup();
  let asked = 0;
  const found = async (): Promise<number> => {
    if (++asked < 3) throw statusErrors.serviceUnavailable('no leader');
    return asked;
  };
  expect(await waitFor('it', found)).toBe(3);
  await expect(waitFor('it', () => Promise.reject(new TypeError('oops')))).rejects.toThrow(TypeError);
});

it('gives up in time, and says what the API said last', async () => {
  const refused = () => Promise.reject(statusErrors.serviceUnavailable('no leader'));
  await expect(setup().waitFor('it', refused, { timeoutMs: 100 })).rejects.toMatchObject({
    code: 'timeout',
    message: "wait for it: it did not come within 100 ms. The API's last answer: no leader",
  });
});

it('asks ever less often', async () => {
  const { waits, waitFor } = setup();
  await expect(waitFor('it', () => false, { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'timeout' });
  expect(waits[0]).toBe(10);
  expect(waits.at(-1)).toBe(1000);
  expect(waits.length).toBeLessThan(200);
});
