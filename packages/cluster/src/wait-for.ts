import { StatusError } from '@trireme/api-machinery';
import { CodedError, messageOf } from '@trireme/base';
import type { Clock } from '@trireme/ports';

/** What a condition says: not yet (undefined, null, false), or what was waited for. */
export type Condition<T> = Absent | T | Promise<Absent | T>;
type Absent = undefined | null | false;

export interface WaitOptions {
  /** Of the cluster's time. Default 30 000. */
  readonly timeoutMs?: number;
}

export type WaitFor = <T>(what: string, condition: () => Condition<T>, options?: WaitOptions) => Promise<T>;

const pollMs = { least: 10, most: 1000 };

export function createWaitFor(clock: Clock, pass: (ms: number) => Promise<void>): WaitFor {
  return async <T>(what: string, condition: () => Condition<T>, { timeoutMs = 30_000 }: WaitOptions = {}) => {
    const startMs = clock.monotonic();
    for (;;) {
      const answer = await ask(condition);
      if (isThere(answer)) return answer;
      const waitedMs = clock.monotonic() - startMs;
      if (waitedMs >= timeoutMs) throw late(what, timeoutMs, answer);
      // Ever less often, so that a long wait costs little and is a twentieth too long at most.
      await pass(Math.min(pollMs.most, Math.max(pollMs.least, waitedMs / 20)));
    }
  };
}

/** A refusal of the API (not found, no leader now) is a "not yet". Anything else that is thrown is the caller's mistake. */
async function ask<T>(condition: () => Condition<T>): Promise<Absent | T | StatusError> {
  try {
    return await condition();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
}

function isThere<T>(answer: Absent | T | StatusError): answer is T {
  return answer !== undefined && answer !== null && answer !== false && !(answer instanceof StatusError);
}

function late(what: string, timeoutMs: number, answer: unknown): CodedError {
  const why = answer instanceof StatusError ? ` The API's last answer: ${messageOf(answer)}` : '';
  return new CodedError('timeout', `wait for ${what}: it did not come within ${timeoutMs} ms.${why}`, {
    cause: answer,
  });
}
