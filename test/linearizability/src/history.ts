/**
 * What one client asked, when, and what it was told. Times only need to be ordered: virtual milliseconds, or better the
 * number of the event in its run, since two operations that touch at one instant count as concurrent.
 * An operation that is known to have had no effect (refused before it was tried) does not belong into a history.
 */
export type Operation<Input, Output> = KnownOperation<Input, Output> | OpenOperation<Input>;

export interface KnownOperation<Input, Output> {
  readonly client: string | number;
  readonly calledAt: number;
  readonly returnedAt: number;
  readonly input: Input;
  readonly output: Output;
}

/** Nobody knows how it ended: it takes effect at any time after its call, or never. */
export interface OpenOperation<Input> {
  readonly client: string | number;
  readonly calledAt: number;
  readonly returnedAt: 'unknown';
  readonly input: Input;
}

export type History<Input, Output> = readonly Operation<Input, Output>[];

export function isKnown<Input, Output>(
  operation: Operation<Input, Output>,
): operation is KnownOperation<Input, Output> {
  return operation.returnedAt !== 'unknown';
}

/** When it was over at the latest; an open operation never is. */
export function endOf(operation: Operation<unknown, unknown>): number {
  return operation.returnedAt === 'unknown' ? Number.POSITIVE_INFINITY : operation.returnedAt;
}

/** Throws what makes a history no history: such a one is a fault of the recorder and must not pass for a verdict. */
export function requireHistory(history: History<unknown, unknown>): void {
  for (const [index, operation] of history.entries()) {
    if (Number.isNaN(operation.calledAt) || !(endOf(operation) >= operation.calledAt))
      throw new Error(
        `Operation ${index} of client ${operation.client} returned at ${operation.returnedAt}, before its call at ` +
          `${operation.calledAt}. Record both with one clock.`,
      );
  }
}
