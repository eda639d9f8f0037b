/** What an answer shows of a key. Numbers that it does not carry are not compared. */
export interface Shown {
  readonly key: string;
  readonly value: string;
  readonly modRevision: number;
  readonly createRevision?: number | undefined;
  readonly version?: number | undefined;
}

export interface Cell {
  readonly value: string;
  /** Undefined while no answer has told it: the writer's own was never seen. */
  readonly modRevision: number | undefined;
  /** The revision of the last change is above this one. */
  readonly above: number;
  readonly createRevision: number | undefined;
  readonly version: number;
}

export interface RegisterState {
  /** Every later change gets a revision above this one. */
  readonly floor: number;
  readonly cells: ReadonlyMap<string, Cell>;
}

/** Every function here gives the states that can follow: one, or none. */
export type Following = readonly RegisterState[];

/** A write at `revision`, or, where undefined, at one not known yet. */
export function store(state: RegisterState, key: string, value: string, revision: number | undefined): Following {
  if (revision !== undefined && revision <= state.floor) return [];
  const before = state.cells.get(key);
  const cell: Cell = {
    value,
    modRevision: revision,
    above: state.floor,
    createRevision: before ? before.createRevision : revision,
    version: (before?.version ?? 0) + 1,
  };
  return [{ floor: revision ?? state.floor + 1, cells: new Map(state.cells).set(key, cell) }];
}

/** A deletion at `revision`, or, where undefined, at one not known yet. */
export function forget(state: RegisterState, keys: readonly string[], revision: number | undefined): Following {
  if (revision !== undefined && revision <= state.floor) return [];
  const cells = new Map(state.cells);
  for (const key of keys) cells.delete(key);
  return [{ floor: revision ?? state.floor + 1, cells }];
}

export function absent(state: RegisterState, key: string): Following {
  return state.cells.has(key) ? [] : [state];
}

/** The key is there as shown; what was not known of it is known now. */
export function matchCell(state: RegisterState, shown: Shown): Following {
  const cell = state.cells.get(shown.key);
  if (cell?.value !== shown.value) return [];
  if (shown.version !== undefined && shown.version !== cell.version) return [];
  return learnRevision(state, shown.key, shown.modRevision).flatMap((learnt) =>
    learnCreation(learnt, shown.key, shown.createRevision),
  );
}

/** The key was last changed at `expected`, or, where 0, is not there. */
export function expectsCell(state: RegisterState, key: string, expected: number): Following {
  return expected === 0 ? absent(state, key) : learnRevision(state, key, expected);
}

function learnRevision(state: RegisterState, key: string, revision: number): Following {
  const cell = state.cells.get(key);
  if (!cell) return [];
  if (cell.modRevision !== undefined) return cell.modRevision === revision ? [state] : [];
  if (revision <= cell.above) return [];
  const createRevision = cell.version === 1 ? revision : cell.createRevision;
  const cells = new Map(state.cells).set(key, { ...cell, modRevision: revision, createRevision });
  return [{ floor: Math.max(state.floor, revision), cells }];
}

function learnCreation(state: RegisterState, key: string, createRevision: number | undefined): Following {
  const cell = state.cells.get(key);
  if (!cell || createRevision === undefined || cell.createRevision === createRevision) return [state];
  if (cell.createRevision !== undefined || createRevision > (cell.modRevision ?? createRevision)) return [];
  return [{ ...state, cells: new Map(state.cells).set(key, { ...cell, createRevision }) }];
}
