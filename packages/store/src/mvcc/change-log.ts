import { invariant } from '@trireme/base';
import type { Revision } from '@trireme/ports';
import { NumberQueue } from './number-queue.ts';

/**
 * Which versions each revision made, for the revisions that are still told. It keeps the versions' ids: what they hold is
 * read when somebody is told. No revision is missing between the first and the last.
 */
export class ChangeLog {
  readonly #ids = new NumberQueue((length) => new Uint32Array(length));
  /** Under the revision's distance from the first one: the place in `#ids` of its first version. */
  readonly #starts = new NumberQueue((length) => new Float64Array(length));
  /** The revision at place 0 of `#starts`. */
  readonly #origin: Revision;

  /** `last`: the revision before the first change that will be added. */
  constructor(last: Revision) {
    this.#origin = last + 1;
  }

  /** The oldest revision here; one more than the last where there is none. */
  get first(): Revision {
    return this.#origin + this.#starts.first;
  }

  get last(): Revision {
    return this.#origin + this.#starts.end - 1;
  }

  /** Begins the next revision; what is added belongs to it. */
  begin(revision: Revision): void {
    invariant(revision === this.last + 1, `revision ${revision} cannot follow ${this.last}`);
    this.#starts.push(this.#ids.end);
  }

  add(id: number): void {
    this.#ids.push(id);
  }

  has(revision: Revision): boolean {
    return revision >= this.first && revision <= this.last;
  }

  /** The place of the revision's first version. */
  start(revision: Revision): number {
    return this.#starts.at(revision - this.#origin);
  }

  /** The place behind the revision's last version. */
  end(revision: Revision): number {
    return revision === this.last ? this.#ids.end : this.start(revision + 1);
  }

  idAt(place: number): number {
    return this.#ids.at(place);
  }

  /** Drops the oldest revision. */
  shift(): void {
    if (this.first > this.last) return;
    this.#ids.dropTo(this.end(this.first));
    this.#starts.dropTo(this.#starts.first + 1);
  }
}
