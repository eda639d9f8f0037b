import type { Revision } from '@trireme/ports';
import { describeKvInput, describeKvOutput } from './kv-describe.ts';
import type { KvInput, KvOutput } from './kv-history.ts';
import { type Changes, createKvSpace, emptyStore, type KvSpace, type KvStart } from './kv-space.ts';
import { evaluateKv } from './kv-spec.ts';
import type { Model } from './model.ts';

/** All that was written so far, in order. */
export interface StoreState {
  readonly written: readonly { readonly changes: Changes; readonly text: string }[];
}

/**
 * The whole store as one object, for `checkLinearizable`: every operation of the port, judged to the last number of its
 * answer. Its states are the store's whole history, so it is for short histories, and for judging `checkRevisionOrder`.
 */
export function createKvStoreModel(start: KvStart = emptyStore): Model<StoreState, KvInput, KvOutput> {
  return {
    initial: () => ({ written: [] }),
    step(state, input, output) {
      const space = replay(start, state);
      const effect = evaluateKv(space, revisionOf(start, state), input);
      if (output && (!effect.output || describeKvOutput(output) !== describeKvOutput(effect.output))) return [];
      if (effect.changes.size === 0) return [state];
      return [{ written: [...state.written, { changes: effect.changes, text: describeKvInput(input) }] }];
    },
    identify: (state) => state.written.map(({ text }) => text).join('\n'),
    describe: (input, output) => `${describeKvInput(input)} -> ${output ? describeKvOutput(output) : '?'}`,
    describeState: (state) => `revision ${revisionOf(start, state)} after ${state.written.at(-1)?.text ?? 'nothing'}`,
  };
}

function revisionOf(start: KvStart, state: StoreState): Revision {
  return start.revision + state.written.length;
}

function replay(start: KvStart, state: StoreState): KvSpace {
  const space = createKvSpace(start);
  for (const { changes } of state.written) space.write(changes);
  return space;
}
