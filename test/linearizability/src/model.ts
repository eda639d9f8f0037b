import type { History } from './history.ts';

/** Operations that can be judged apart from all others. */
export interface Partition<Input, Output> {
  readonly name: string;
  readonly history: History<Input, Output>;
}

/**
 * The object as it behaves when operations come one after another. States are values: `step` never changes one.
 */
export interface Model<State, Input, Output> {
  /**
   * Splits a history into parts that share nothing, which is what makes long histories cheap to judge. An operation
   * must be whole in one part (`partitionByKeys` joins what operations on several keys connect). Absent: one part.
   */
  partition?(history: History<Input, Output>): readonly Partition<Input, Output>[];
  initial(): State;
  /**
   * The states that can follow when `input` is answered by `output`; none when it cannot be answered so. `output` is
   * undefined for an operation whose answer nobody saw: whatever the answer, say what the operation can have done.
   */
  step(state: State, input: Input, output: Output | undefined): readonly State[];
  /** Equal for equal states, and only for these. */
  identify(state: State): string;
  /** One operation in a few words, for a person. */
  describe(input: Input, output: Output | undefined): string;
  describeState(state: State): string;
}
