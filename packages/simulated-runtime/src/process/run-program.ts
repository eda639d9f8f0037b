import type { Time, Timer } from '@trireme/ports';
import type { LogStream, Program, Step } from '../behaviour.ts';

export interface ProgramEvents {
  onLog(stream: LogStream, line: string): void;
  /** Called once, and not after `kill`. */
  onExit(code: number, reason: string): void;
}

export interface RunningProgram {
  /** Stops stepping; nothing is reported any more. */
  kill(): void;
}

// A loop that never waits would hang the simulation: it is made to breathe.
const busyLoopPauseMs = 1000;

/** Steps through a program under the given time. Nothing runs inside this call itself. */
export function runProgram(time: Time, program: Program, events: ProgramEvents): RunningProgram {
  let timer: Timer | undefined;
  let killed = false;
  let at = 0;
  let waitedInLoop = false;

  const sleepThenRun = (ms: number): void => {
    timer = time.after(ms, run);
  };
  /** Does one step; true when the next may follow at once. */
  const doStep = (step: Step): boolean => {
    at++;
    switch (step.do) {
      case 'log':
        events.onLog(step.stream, step.line);
        return true;
      case 'wait':
        waitedInLoop = true;
        sleepThenRun(step.ms);
        return false;
      case 'exit':
        killed = true;
        events.onExit(step.code, step.reason ?? (step.code === 0 ? 'Completed' : 'Error'));
        return false;
      case 'repeat': {
        const breathe = !waitedInLoop;
        at = step.from;
        waitedInLoop = false;
        if (breathe) sleepThenRun(busyLoopPauseMs);
        return !breathe;
      }
    }
  };
  const run = (): void => {
    while (!killed) {
      const step = program[at];
      if (!step || !doStep(step)) return;
    }
  };
  sleepThenRun(0);
  return {
    kill() {
      killed = true;
      timer?.cancel();
    },
  };
}
