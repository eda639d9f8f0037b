import type { Time, Timer } from '@trireme/ports';
import type { EventLoop } from './event-loop.ts';

/**
 * The clock of one machine: it runs at its own rate, its wall time may jump, and its processes may be stopped for a
 * while as by a SIGSTOP. What falls due meanwhile comes late and in order, and time has gone on.
 */
export interface MachineClock {
  readonly rate: number;
  readonly paused: boolean;
  pause(): void;
  resume(): void;
  jumpWall(byMs: number): void;
  /** Now, or when the machine goes on. */
  run(action: () => void): void;
  /** The time that one process sees; its timers die with it. */
  timeOf(isAlive: () => boolean): Time;
  /** For what the machine itself does. It waits while the machine is stopped, but outlives processes. */
  after(delayMs: number, callback: () => void): Timer;
}

export interface MachineClockOptions {
  /** Seconds of this clock per second of the world. */
  readonly rate: number;
  readonly startMs: number;
  /** Something is about to happen on this machine. */
  readonly ran: () => void;
}

export function createMachineClock(loop: EventLoop, { rate, startMs, ran }: MachineClockOptions): MachineClock {
  let skewMs = 0;
  let paused = false;
  let late: (() => void)[] = [];
  const run = (action: () => void): void => {
    if (paused) late.push(action);
    else {
      ran();
      action();
    }
  };
  const monotonic = (): number => startMs + loop.monotonic() * rate;
  return {
    rate,
    get paused() {
      return paused;
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      const due = late;
      late = [];
      // Each in an event of its own, as a process finds them one after another in its queue.
      for (const action of due) loop.after(0, () => run(action));
    },
    jumpWall(byMs) {
      skewMs += byMs;
    },
    run,
    after: (delayMs, callback) => loop.after(delayMs, () => run(callback)),
    timeOf: (isAlive) => ({
      now: () => loop.now() + skewMs,
      monotonic,
      after(delayMs, callback) {
        let cancelled = false;
        const fire = (): void => {
          if (!cancelled && isAlive()) callback();
        };
        const timer = loop.after(delayMs / rate, () => run(fire));
        return {
          cancel() {
            cancelled = true;
            timer.cancel();
          },
        };
      },
    }),
  };
}
