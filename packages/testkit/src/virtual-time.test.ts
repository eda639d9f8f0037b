import { sleep } from '@trireme/ports';
import { describe, expect, it } from 'vitest';
import { createVirtualTime } from './virtual-time.ts';

describe('virtual time', () => {
  it('fires timers in order of due time, then of making, at their own moments', async () => {
    const time = createVirtualTime(1000);
    const fired: string[] = [];
    time.after(20, () => fired.push(`b@${time.monotonic()}`));
    time.after(10, () => fired.push(`a@${time.monotonic()}`));
    time.after(20, () => fired.push(`c@${time.monotonic()}`));
    time.after(31, () => fired.push('late'));
    await time.advance(30);
    expect(fired).toEqual(['a@10', 'b@20', 'c@20']);
    expect(time.now()).toBe(1030);
    expect(time.pending).toBe(1);
  });

  it('runs what a timer starts before the next timer', async () => {
    const time = createVirtualTime();
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await sleep(time, 10);
        seen.push(time.monotonic());
      }
    };
    const done = loop();
    await time.advance(100);
    await done;
    expect(seen).toEqual([10, 20, 30]);
  });

  it('does not fire a cancelled timer', async () => {
    const time = createVirtualTime();
    let fired = false;
    time
      .after(5, () => {
        fired = true;
      })
      .cancel();
    await time.advance(10);
    expect(fired).toBe(false);
  });

  it('says what did not come true', async () => {
    const time = createVirtualTime();
    await expect(time.advanceUntil(() => false, 50, 'a leader')).rejects.toThrow(
      'a leader did not come true within 50 ms',
    );
  });

  it('says so when timers without a delay keep it from moving', async () => {
    const time = createVirtualTime();
    const again = (): void => void time.after(0, again);
    again();
    await expect(time.advance(1)).rejects.toThrow(/stands still at 0 ms.*again/s);
  });
});
