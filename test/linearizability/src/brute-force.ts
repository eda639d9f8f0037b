import { endOf, type History, isKnown } from './history.ts';
import type { Model } from './model.ts';

/**
 * The dumb twin of the checker, for small histories: tries every order that time allows, without memory, partitions or
 * a list to walk.
 */
export function isLinearizableByBruteForce<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: History<Input, Output>,
): boolean {
  const tryFrom = (left: readonly number[], state: State): boolean => {
    const operations = left.map((index) => history[index] as (typeof history)[number]);
    if (!operations.some(isKnown)) return true;
    return operations.some((operation, at) => {
      // It cannot come next when another that is left had returned before it was called.
      if (operations.some((other) => endOf(other) < operation.calledAt)) return false;
      const rest = left.filter((_, index) => index !== at);
      const output = isKnown(operation) ? operation.output : undefined;
      return model.step(state, operation.input, output).some((next) => tryFrom(rest, next));
    });
  };
  return tryFrom([...history.keys()], model.initial());
}
