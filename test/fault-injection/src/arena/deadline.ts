/** Asks again and again until the answer is there. Fails with what was wrong at the end. */
export async function eventually<Answer>(
  what: string,
  limitMs: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const untilMs = performance.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > untilMs) throw new Error(`${what}: not within ${limitMs} ms`, { cause: last });
    await pause(50);
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A call that is not answered by then is given up. */
export async function within<Answer>(ms: number, call: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), ms);
  try {
    return await call(giveUp.signal);
  } finally {
    clearTimeout(timer);
  }
}
