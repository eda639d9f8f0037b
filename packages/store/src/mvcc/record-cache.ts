import type { Bytes } from '@trireme/base';
import type { Revision } from '@trireme/ports';
import { recordHeadBytes, type VersionFields, writeRecord } from './record.ts';

const defaultSlabBytes = 256 << 10;

interface Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The newest revision in it that was not stored when it was written here. */
  newest: Revision;
}

/** A record in memory: `bytes` from `at` on. Valid until the next one is asked for. */
export interface FoundRecord {
  bytes: Uint8Array;
  view: DataView;
  at: number;
}

/**
 * Records in memory, in slabs that are filled one after another and dropped the oldest first. What is not on the disk yet
 * stays whatever the budget says. What is read from the disk by key comes in anew at the young end, so what is asked for
 * again and again is nearly always here: newest writes and latest reads, with no bookkeeping per record or read.
 */
export class RecordCache {
  readonly #maxBytes: number;
  readonly #slabBytes: number;
  #slabs: Slab[] = [];
  /** The number of the first slab; numbers begin at 1, so that no place is 0. */
  #first = 1;
  #offset = 0;
  #bytes = 0;
  #stored: Revision = 0;
  readonly #found: FoundRecord = { bytes: new Uint8Array(0), view: new DataView(new ArrayBuffer(0)), at: 0 };

  /** `stored`: what is on the disk already. */
  constructor(maxBytes: number, stored: Revision, slabBytes = defaultSlabBytes) {
    this.#maxBytes = maxBytes;
    this.#slabBytes = slabBytes;
    this.#stored = stored;
  }

  /** Bytes held, filled or not. */
  get sizeBytes(): number {
    return this.#bytes;
  }

  /** Returns the record's place. Its digest is left in the record itself. */
  write(fields: VersionFields): number {
    const size = recordHeadBytes + fields.key.length + fields.value.length;
    const slab = this.#room(size);
    writeRecord(slab.bytes, slab.view, this.#offset, fields);
    if (fields.modRevision > this.#stored) slab.newest = fields.modRevision;
    return this.#take(size);
  }

  /** Takes in a record that was read from the disk. */
  admit(record: Bytes): number {
    // A budget that holds no slab beside the one being filled would be spent on copying.
    if (this.#maxBytes < 2 * this.#slabBytes || record.length > this.#slabBytes) return 0;
    this.#room(record.length).bytes.set(record, this.#offset);
    return this.#take(record.length);
  }

  /** The same object each time. */
  find(place: number): FoundRecord | undefined {
    if (place === 0) return undefined;
    const number = Math.floor(place / this.#slabBytes);
    const slab = this.#slabs[number - this.#first];
    if (number < this.#first || !slab) return undefined;
    this.#found.bytes = slab.bytes;
    this.#found.view = slab.view;
    this.#found.at = place - number * this.#slabBytes;
    return this.#found;
  }

  /** Everything up to `revision` is on the disk, so it may go from here. */
  storedTo(revision: Revision): void {
    this.#stored = Math.max(this.#stored, revision);
    this.#evict();
  }

  #take(size: number): number {
    const place = (this.#first + this.#slabs.length - 1) * this.#slabBytes + this.#offset;
    this.#offset += (size + 7) & ~7;
    return place;
  }

  /** The slab with room at `#offset`. */
  #room(size: number): Slab {
    const last = this.#slabs[this.#slabs.length - 1];
    if (last && this.#offset + size <= last.bytes.length) return last;
    this.#evict();
    // A record that is larger has a slab of its own, and is all that is in it.
    const bytes = new Uint8Array(Math.max(size, this.#slabBytes));
    const slab: Slab = { bytes, view: new DataView(bytes.buffer), newest: 0 };
    this.#slabs.push(slab);
    this.#offset = 0;
    this.#bytes += bytes.length;
    return slab;
  }

  #evict(): void {
    let gone = 0;
    // The one that is being filled stays.
    while (gone < this.#slabs.length - 1 && this.#bytes > this.#maxBytes) {
      const slab = this.#slabs[gone] as Slab;
      if (slab.newest > this.#stored) break;
      this.#bytes -= slab.bytes.length;
      gone += 1;
    }
    if (gone === 0) return;
    this.#slabs.splice(0, gone);
    this.#first += gone;
  }
}
