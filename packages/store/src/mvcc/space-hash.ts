import type { KeySpaceHash, Revision } from '@trireme/ports';
import { finishHash, mixWord } from './hash.ts';
import type { KeyEntry } from './key-table.ts';
import type { Space } from './space.ts';

/** A hash over the digests of all versions, in steps. No value is read. The space must be pinned between them. */
export class SpaceHasher {
  readonly #space: Space;
  readonly #revision: Revision;
  readonly #compactRevision: Revision;
  #from: string | undefined = '';
  #hash = 0;
  #count = 0;

  constructor(space: Space, revision: Revision) {
    this.#space = space;
    this.#revision = revision;
    this.#compactRevision = space.compactRevision;
  }

  /** Takes in about `budget` versions; undefined while there is more to do. */
  step(budget: number): KeySpaceHash | undefined {
    let left = budget;
    let next: string | undefined;
    this.#space.keys.visit({ from: this.#from ?? '', to: undefined }, (entry) => {
      if (left <= 0) {
        next = entry.text;
        return false;
      }
      left -= this.#takeKey(entry);
      return undefined;
    });
    this.#from = next;
    if (next !== undefined) return undefined;
    const hash = finishHash(this.#hash, this.#count) >>> 0;
    return { hash, revision: this.#revision, compactRevision: this.#compactRevision };
  }

  /** Whatever was swept already: only what a swept store would hold. Newest first. */
  #takeKey({ newest }: KeyEntry): number {
    const { versions } = this.#space;
    let looked = 1;
    let hasCompact = false;
    for (let id = newest; id !== 0; id = versions.older(id), looked++) {
      const mod = versions.mod(id);
      if (mod > this.#revision) continue;
      if (mod < this.#compactRevision && (hasCompact || versions.version(id) === 0)) break;
      this.#hash = mixWord(this.#hash, versions.digest(id));
      this.#count += 1;
      if (mod < this.#compactRevision) break;
      hasCompact ||= mod === this.#compactRevision;
    }
    return looked;
  }
}
