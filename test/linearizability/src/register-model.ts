import type { History } from './history.ts';
import type { Model } from './model.ts';
import { partitionByKeys } from './partition.ts';
import { absent, expectsCell, forget, matchCell, type RegisterState, type Shown, store } from './register-state.ts';

export type RegisterInput =
  | { readonly type: 'get'; readonly keys: readonly string[] }
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'delete'; readonly keys: readonly string[] }
  /** Takes effect if the key was last changed at `expected`; 0: if it is not there. No `value`: deletes. */
  | { readonly type: 'cas'; readonly key: string; readonly expected: number; readonly value?: string | undefined };

export type RegisterOutput =
  /** The keys asked for that are there. */
  | { readonly type: 'got'; readonly kvs: readonly Shown[] }
  | { readonly type: 'written'; readonly revision: number }
  | { readonly type: 'deleted'; readonly count: number; readonly revision: number }
  /** A failed compare-and-swap; `present` when its answer shows the key (null: it showed that there is none). */
  | { readonly type: 'refused'; readonly present?: Shown | null | undefined };

export type RegisterHistory = History<RegisterInput, RegisterOutput>;

/**
 * A map of registers that carry the revision of their last change, per connected keys. Revisions are drawn from one
 * counter that also counts what happens elsewhere: all that a register knows is that they rise. A write that nobody saw
 * answered leaves its revision to be learnt from the answers that follow.
 */
export function createRegisterModel(): Model<RegisterState, RegisterInput, RegisterOutput> {
  return {
    partition: (history) => partitionByKeys(history, keysOf),
    initial: () => ({ floor: 0, cells: new Map() }),
    step: (state, input, output) => (output ? stepKnown(state, input, output) : stepOpen(state, input)),
    identify: describeState,
    describe: (input, output) => `${describeInput(input)} -> ${output ? describeOutput(output) : '?'}`,
    describeState,
  };
}

function keysOf(input: RegisterInput): readonly string[] {
  return input.type === 'get' || input.type === 'delete' ? input.keys : [input.key];
}

function stepKnown(state: RegisterState, input: RegisterInput, output: RegisterOutput): readonly RegisterState[] {
  switch (input.type) {
    case 'get':
      return output.type === 'got' ? got(state, input.keys, output.kvs) : [];
    case 'put':
      return output.type === 'written' ? store(state, input.key, input.value, output.revision) : [];
    case 'delete': {
      if (output.type !== 'deleted') return [];
      const there = input.keys.filter((key) => state.cells.has(key));
      if (there.length !== output.count) return [];
      return there.length === 0 ? [state] : forget(state, there, output.revision);
    }
    case 'cas': {
      if (output.type === 'refused') return refused(state, input.key, input.expected, output.present);
      if (output.type !== 'written' && output.type !== 'deleted') return [];
      return expectsCell(state, input.key, input.expected).flatMap((matched) =>
        input.value === undefined
          ? forget(matched, [input.key], output.revision)
          : store(matched, input.key, input.value, output.revision),
      );
    }
  }
}

function stepOpen(state: RegisterState, input: RegisterInput): readonly RegisterState[] {
  switch (input.type) {
    case 'get':
      return [state];
    case 'put':
      return store(state, input.key, input.value, undefined);
    case 'delete': {
      const there = input.keys.filter((key) => state.cells.has(key));
      return there.length === 0 ? [state] : forget(state, there, undefined);
    }
    case 'cas':
      // Where it did not find what it expected it did nothing, and need not be placed.
      return expectsCell(state, input.key, input.expected).flatMap((matched) =>
        input.value === undefined
          ? forget(matched, [input.key], undefined)
          : store(matched, input.key, input.value, undefined),
      );
  }
}

function got(state: RegisterState, keys: readonly string[], kvs: readonly Shown[]): readonly RegisterState[] {
  let states: readonly RegisterState[] = [state];
  for (const key of keys) {
    const shown = kvs.find((kv) => kv.key === key);
    states = states.flatMap((one) => (shown ? matchCell(one, shown) : absent(one, key)));
  }
  return states;
}

function refused(
  state: RegisterState,
  key: string,
  expected: number,
  present: Shown | null | undefined,
): readonly RegisterState[] {
  const cell = state.cells.get(key);
  if (!cell) return expected === 0 || present ? [] : [state];
  if (cell.modRevision === expected || present === null) return [];
  if (present) return present.modRevision === expected ? [] : matchCell(state, present);
  return [state];
}

function describeInput(input: RegisterInput): string {
  if (input.type === 'get' || input.type === 'delete') return `${input.type} ${input.keys.join(' ')}`;
  if (input.type === 'put') return `put ${input.key}=${input.value}`;
  const change = input.value === undefined ? 'deleted' : input.value;
  return `cas ${input.key}@${input.expected} to ${change}`;
}

function describeOutput(output: RegisterOutput): string {
  switch (output.type) {
    case 'got':
      return output.kvs.length === 0 ? 'nothing' : output.kvs.map(describeShown).join(' ');
    case 'written':
      return `@${output.revision}`;
    case 'deleted':
      return output.count === 0 ? 'nothing deleted' : `${output.count} deleted @${output.revision}`;
    case 'refused':
      if (output.present === undefined) return 'refused';
      return `refused by ${output.present ? describeShown(output.present) : 'nothing'}`;
  }
}

function describeShown({ key, value, modRevision }: Shown): string {
  return `${key}=${value}@${modRevision}`;
}

function describeState({ cells, floor }: RegisterState): string {
  const shown = [...cells.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, cell]) => {
      const mod = cell.modRevision ?? `>${cell.above}`;
      return `${JSON.stringify(key)}=${JSON.stringify(cell.value)}@${mod} create ${cell.createRevision ?? '?'} v${cell.version}`;
    });
  return `{${shown.join(', ')}} at ${floor}`;
}
