import type { Bytes } from '@trireme/base';
import { AbstractIterator, AbstractLevel, AbstractSnapshot } from 'abstract-level';
import type { LevelChange, LevelEntry, LevelRange, LevelStore } from './level-store.ts';

export type LevelOperation = 'get' | 'iterate' | 'write' | 'clear';

/** What stands between a process and its database. */
export interface LevelGate {
  /** Runs the action as an operation of a process that may die of it; then it never comes back. */
  run<T>(kind: LevelOperation, action: () => T): Promise<T>;
  /** The same for what answers at once. */
  runNow<T>(kind: LevelOperation, action: () => T): T;
}

type Database = AbstractLevel<string | Bytes, Bytes, Bytes>;

interface ReadOptions {
  readonly snapshot?: { readonly entries: readonly LevelEntry[] } | undefined;
}

type IteratorOptions = LevelRange & ReadOptions & { readonly reverse?: boolean; readonly limit?: number };

/** Removing a range takes LevelDB several batches; a crash may come between them. */
const clearedTogether = 16;

/** The database as one process has it. */
export class SimLevel extends AbstractLevel<string | Bytes, Bytes, Bytes> {
  readonly #store: LevelStore;
  readonly #gate: LevelGate;

  constructor(store: LevelStore, gate: LevelGate) {
    const supports = { seek: false, getSync: true, has: true, explicitSnapshots: true, encodings: { view: true } };
    super(supports as ConstructorParameters<typeof AbstractLevel>[0], { keyEncoding: 'view', valueEncoding: 'view' });
    this.#store = store;
    this.#gate = gate;
  }

  _get(key: Bytes, options: ReadOptions): Promise<Bytes | undefined> {
    return this.#gate.run('get', () => this.#read(key, options));
  }

  _getSync(key: Bytes, options: ReadOptions): Bytes | undefined {
    return this.#gate.runNow('get', () => this.#read(key, options));
  }

  _getMany(keys: readonly Bytes[], options: ReadOptions): Promise<(Bytes | undefined)[]> {
    return this.#gate.run('get', () => keys.map((key) => this.#read(key, options)));
  }

  _has(key: Bytes, options: ReadOptions): Promise<boolean> {
    return this.#gate.run('get', () => this.#read(key, options) !== undefined);
  }

  _put(key: Bytes, value: Bytes, options: { readonly sync?: boolean }): Promise<void> {
    return this._batch([{ type: 'put', key, value }], options);
  }

  _del(key: Bytes, options: { readonly sync?: boolean }): Promise<void> {
    return this._batch([{ type: 'del', key }], options);
  }

  _batch(changes: readonly LevelChange[], options: { readonly sync?: boolean }): Promise<void> {
    return this.#gate.run('write', () => this.#store.write(changes, options.sync ?? false));
  }

  async _clear(options: LevelRange): Promise<void> {
    for (;;) {
      const found = this.#store.range(options).slice(0, clearedTogether);
      if (found.length === 0) return;
      const changes = found.map(({ key }): LevelChange => ({ type: 'del', key }));
      await this.#gate.run('clear', () => this.#store.write(changes, false));
    }
  }

  _iterator(options: IteratorOptions): SimEntryIterator {
    return new SimEntryIterator(this, this.#rows(options), options);
  }

  _snapshot(options: object): SimSnapshot {
    return new SimSnapshot(this.#store.range({}), options);
  }

  #read(key: Bytes, { snapshot }: ReadOptions): Bytes | undefined {
    if (!snapshot) return this.#store.get(key);
    return snapshot.entries.find((entry) => Buffer.compare(entry.key, key) === 0)?.value;
  }

  #rows(options: IteratorOptions): Rows {
    const found = options.snapshot ? within(options.snapshot.entries, options) : this.#store.range(options);
    return new Rows(options.reverse ? found.reverse() : found, this.#gate);
  }
}

function within(entries: readonly LevelEntry[], { gt, gte, lt, lte }: LevelRange): LevelEntry[] {
  return entries.filter(
    ({ key }) =>
      !(gt && Buffer.compare(key, gt) <= 0) &&
      !(gte && Buffer.compare(key, gte) < 0) &&
      !(lt && Buffer.compare(key, lt) >= 0) &&
      !(lte && Buffer.compare(key, lte) > 0),
  );
}

/** A snapshot of a range, read piece by piece. */
class Rows {
  readonly #entries: readonly LevelEntry[];
  readonly #gate: LevelGate;
  #at = 0;

  constructor(entries: readonly LevelEntry[], gate: LevelGate) {
    this.#entries = entries;
    this.#gate = gate;
  }

  take<T>(size: number, pick: (entry: LevelEntry) => T): Promise<T[]> {
    return this.#gate.run('iterate', () => {
      const taken = this.#entries.slice(this.#at, this.#at + size);
      this.#at += taken.length;
      return taken.map(pick);
    });
  }
}

class SimEntryIterator extends AbstractIterator<Database, Bytes, Bytes> {
  readonly #rows: Rows;
  constructor(db: Database, rows: Rows, options: IteratorOptions) {
    super(db, options as ConstructorParameters<typeof AbstractIterator<Database, Bytes, Bytes>>[1]);
    this.#rows = rows;
  }
  async _next(): Promise<[Bytes, Bytes] | undefined> {
    return (await this._nextv(1))[0];
  }
  _nextv(size: number): Promise<[Bytes, Bytes][]> {
    return this.#rows.take(size, ({ key, value }) => [key, value]);
  }
}

/** Its types do not tell that it must be given its owner. */
const OwnedSnapshot: new (options: object) => AbstractSnapshot = AbstractSnapshot;

class SimSnapshot extends OwnedSnapshot {
  readonly entries: readonly LevelEntry[];
  constructor(entries: readonly LevelEntry[], options: object) {
    super(options);
    this.entries = entries;
  }
}
