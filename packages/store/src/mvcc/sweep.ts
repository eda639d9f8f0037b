import type { Revision } from '@trireme/ports';
import { freeVersion, type Space } from './space.ts';

/** A version that is gone from the index; what is stored of it may go too. */
export interface GoneVersion {
  readonly revision: Revision;
  readonly sub: number;
  readonly isTombstone: boolean;
  /** From this revision on nobody saw it any more. */
  readonly supersededBy: Revision;
}

/**
 * Frees what compaction made superfluous, by the changes that made it so, oldest first: a change frees the version before
 * it, and a deletion itself. The change of the compact revision itself stays (a watch may start there), with all versions
 * of that revision, and is looked at again by the next compaction.
 */
export class Sweeper {
  readonly #space: Space;
  /** The next version to look at, inside the change that is being worked on. */
  #place = 0;
  /** The revision that this change was worked on for. */
  #limit: Revision = 0;

  constructor(space: Space) {
    this.#space = space;
  }

  /** Looks at no more than `maxVersions`. False when nothing is left to do. */
  sweep(maxVersions: number, gone?: (version: GoneVersion) => void): boolean {
    const space = this.#space;
    const { changes } = space;
    const limit = sweepLimit(space);
    let looked = 0;
    while (space.swept < limit && changes.first <= limit && changes.first <= changes.last) {
      const revision = changes.first;
      // What was spared at the compact revision of then is not at that of now.
      if (this.#limit === revision && limit > revision) this.#place = 0;
      this.#limit = limit;
      const end = changes.end(revision);
      let place = Math.max(this.#place, changes.start(revision));
      for (; place < end && looked < maxVersions; place++, looked++) settle(space, changes.idAt(place), limit, gone);
      this.#place = place;
      if (place < end) return true;
      if (revision === limit) break;
      changes.shift();
    }
    space.swept = Math.max(space.swept, limit);
    return false;
  }
}

/** A read that is under way must find what it would have found when it began. */
export function sweepLimit({ compactRevision, pins }: Space): Revision {
  let limit = compactRevision;
  for (const revision of pins.keys()) limit = Math.min(limit, revision);
  return limit;
}

/** Frees what the version `id`, which is not newer than `limit`, made superfluous in a store compacted at `limit`. */
export function settle(space: Space, id: number, limit: Revision, gone?: (version: GoneVersion) => void): void {
  const { versions } = space;
  const older = versions.older(id);
  const mod = versions.mod(id);
  if (older !== 0 && versions.mod(older) < limit) free(space, older, mod, gone);
  // The deletion itself has nothing more to say, once nobody may read or watch from before it.
  if (versions.version(id) === 0 && mod < limit) {
    const newer = versions.newer(id);
    if (newer === 0 || versions.mod(newer) > limit) free(space, id, mod, gone);
  }
}

function free(space: Space, id: number, supersededBy: Revision, gone?: (version: GoneVersion) => void): void {
  const { versions } = space;
  const isTombstone = versions.version(id) === 0;
  gone?.({ revision: versions.mod(id), sub: versions.sub(id), isTombstone, supersededBy });
  freeVersion(space, id);
}
