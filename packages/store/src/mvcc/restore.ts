import { type Bytes, CodedError } from '@trireme/base';
import type { Revision } from '@trireme/ports';
import { keyText } from './key-text.ts';
import { isWhole, readHead, recordHeadBytes } from './record.ts';
import { emptySpace, insertRow, type KeySpaceMeta, type Space, type SpaceOptions } from './space.ts';
import { type GoneVersion, settle } from './sweep.ts';

/** What is stored cannot even be told: which key a version is of, or which number it has. */
export class StateDamagedError extends CodedError<'state-damaged'> {
  override readonly name = 'StateDamagedError';
}

/**
 * Builds a key space from stored records, which come in the order of (revision, sub). Only their heads are kept. What
 * compaction has made superfluous and is still stored is told, to be removed there.
 */
export class SpaceBuilder {
  readonly #space: Space;
  readonly #meta: KeySpaceMeta;
  readonly #gone: ((version: GoneVersion) => void) | undefined;
  readonly #damaged: NonNullable<SpaceOptions['stored']>['damaged'] | undefined;

  constructor(meta: KeySpaceMeta, options: SpaceOptions, gone?: (version: GoneVersion) => void) {
    // A watch may start at the compact revision itself, so that change is still told.
    this.#space = emptySpace(meta, options, Math.max(meta.compactRevision, 2));
    this.#meta = meta;
    this.#gone = gone;
    this.#damaged = options.stored?.damaged;
  }

  /** `revision` and `sub`: the name under which the record was found. Those newer than the meta are passed over. */
  add(revision: Revision, sub: number, record: Bytes): void {
    if (revision > this.#meta.revision) return;
    const head = readHead(record);
    if (!head || head.modRevision !== revision || head.sub !== sub)
      throw new StateDamagedError(
        'state-damaged',
        `read the stored state: the record of revision ${revision}/${sub} is damaged. ` +
          `This member's disk is not to be trusted: remove the member from the cluster, delete its data folder and add it again.`,
      );
    const space = this.#space;
    const key = record.subarray(recordHeadBytes, recordHeadBytes + head.keyLength);
    // The member goes on without this value: reading it fails, and the others have it.
    if (!isWhole(record, head)) this.#damaged?.({ key: key.slice(), revision, sub });
    const text = keyText(key);
    const valueLength = record.length - recordHeadBytes - head.keyLength;
    const id = insertRow(space, text, space.keys.get(text), { ...head, valueLength, place: 0 });
    const { compactRevision } = this.#meta;
    this.#tell(revision, id);
    // What comes of this key later finds it gone if it was a deletion: that is as much as a deletion says.
    if (revision <= compactRevision) settle(space, id, compactRevision, this.#gone);
  }

  /** No more records. The versions left are those that a swept store would hold. */
  finish(): Space {
    const space = this.#space;
    this.#pad(this.#meta.revision);
    if (space.changes.last !== this.#meta.revision)
      throw new StateDamagedError(
        'state-damaged',
        `read the stored state: its versions end at revision ${space.changes.last}, not at ${this.#meta.revision}: it is not complete. ` +
          `Remove the member from the cluster, delete its data folder and add it again.`,
      );
    return space;
  }

  #tell(revision: Revision, id: number): void {
    const { changes } = this.#space;
    if (revision < changes.first) return;
    this.#pad(revision - 1);
    if (changes.last < revision) changes.begin(revision);
    changes.add(id);
  }

  /** A restored store may be compacted at a revision at which nothing happened: its change is one of nothing. */
  #pad(revision: Revision): void {
    const { changes } = this.#space;
    const { compactRevision } = this.#meta;
    while (changes.last < Math.min(revision, compactRevision)) changes.begin(changes.last + 1);
  }
}
