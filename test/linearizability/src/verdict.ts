import type { Operation } from './history.ts';

export type Verdict<Input = unknown, Output = unknown> =
  | { readonly verdict: 'ok'; readonly steps: number }
  | Violation<Input, Output>
  /** The limit was reached first. Callers treat it as a failure: nothing was proven. */
  | { readonly verdict: 'unknown'; readonly partition: string; readonly steps: number; readonly timeline: string };

export interface Violation<Input, Output> {
  readonly verdict: 'violation';
  readonly partition: string;
  /** One sentence. */
  readonly reason: string;
  /** The longest order found that the model agrees with. */
  readonly linearized: readonly Operation<Input, Output>[];
  /** Operations one of which had to come next, and none of which the model, or time, lets come next. */
  readonly stuck: readonly Operation<Input, Output>[];
  /** For a person: the order found, the state it leads to, and the stuck operations on an axis of time. */
  readonly timeline: string;
  readonly steps: number;
}
