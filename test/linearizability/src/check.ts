import { type History, isKnown, requireHistory } from './history.ts';
import { createBudget, type Limit } from './limit.ts';
import type { Model, Partition } from './model.ts';
import { type DeadEnd, searchOrder } from './search.ts';
import { drawTimeline, type TimelineRow } from './timeline.ts';
import type { Verdict } from './verdict.ts';

export interface CheckRequest<State, Input, Output> {
  readonly model: Model<State, Input, Output>;
  readonly history: History<Input, Output>;
  /** For all partitions together. */
  readonly limit: Limit;
}

/** So many of the operations placed last are drawn; the ones before are seldom what went wrong. */
const drawnPlaced = 12;

/** Whether some order of the operations, true to time, is one that the model agrees with. */
export function checkLinearizable<State, Input, Output>(
  request: CheckRequest<State, Input, Output>,
): Verdict<Input, Output> {
  const { model, history, limit } = request;
  requireHistory(history);
  const budget = createBudget(limit);
  const partitions = model.partition?.(history) ?? [{ name: 'all', history }];
  // The small ones first: a violation there is found whatever a large one would cost.
  for (const partition of partitions.toSorted((a, b) => a.history.length - b.history.length)) {
    const result = searchOrder(model, partition.history, budget);
    if (result.found) continue;
    const timeline = explain(model, partition, result.deadEnd);
    if (result.limited) return { verdict: 'unknown', partition: partition.name, steps: budget.steps, timeline };
    const pick = (indexes: readonly number[]) => indexes.map((index) => operationAt(partition, index));
    const linearized = pick(result.deadEnd.placed);
    return {
      verdict: 'violation',
      partition: partition.name,
      reason: reasonOf(model, partition, result.deadEnd),
      linearized,
      stuck: pick(result.deadEnd.candidates),
      timeline,
      steps: budget.steps,
    };
  }
  return { verdict: 'ok', steps: budget.steps };
}

function operationAt<Input, Output>(partition: Partition<Input, Output>, index: number) {
  return partition.history[index] as History<Input, Output>[number];
}

function describeAt<State, Input, Output>(
  model: Model<State, Input, Output>,
  partition: Partition<Input, Output>,
  index: number,
): string {
  const operation = operationAt(partition, index);
  return model.describe(operation.input, isKnown(operation) ? operation.output : undefined);
}

function reasonOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  partition: Partition<Input, Output>,
  deadEnd: DeadEnd<State>,
): string {
  const last = deadEnd.candidates.at(-1) as number;
  const known = partition.history.filter(isKnown).length;
  const placed = deadEnd.placed.filter((index) => isKnown(operationAt(partition, index))).length;
  return (
    `No order of the operations on ${partition.name} explains their answers: after ${placed} of ${known} ` +
    `the state is ${model.describeState(deadEnd.state)}, and "${describeAt(model, partition, last)}" ` +
    `of client ${operationAt(partition, last).client} fits nowhere.`
  );
}

function explain<State, Input, Output>(
  model: Model<State, Input, Output>,
  partition: Partition<Input, Output>,
  { placed, state, candidates }: DeadEnd<State>,
): string {
  const rowOf = (index: number, mark: string): TimelineRow => ({
    operation: operationAt(partition, index),
    mark,
    text: describeAt(model, partition, index),
  });
  const shown = placed.slice(-drawnPlaced);
  const first = placed.length - shown.length;
  const rows = [
    ...shown.map((index, at) => rowOf(index, `#${first + at + 1}`)),
    ...candidates.map((index) =>
      rowOf(index, operationAt(partition, index).returnedAt === 'unknown' ? 'open' : 'stuck'),
    ),
  ];
  const omitted = first > 0 ? `(${first} operations before, in order)\n` : '';
  return `partition ${partition.name}\n${omitted}${drawTimeline(rows)}\nstate after #${placed.length}: ${model.describeState(state)}`;
}
