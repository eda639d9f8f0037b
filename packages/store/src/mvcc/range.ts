import { compareBytes } from '@trireme/base';
import type { Header, KeyValue, RangeRequest, RangeResponse, Revision } from '@trireme/ports';
import type { KeyEntry } from './key-table.ts';
import { keyText, textRange } from './key-text.ts';
import { isCold, keyValue, liveAt, type Space } from './space.ts';

/** What a step of a read may cost, in keys looked at; reading a value takes as long as several, from the disk as many. */
const hotCost = 2;
const coldCost = 20;
/** A range of more keys than this leaves the cache as it is. */
const keptValues = 64;

/** A read in steps, so that one of a great many keys does not hold the event loop. The space must be pinned between them. */
export interface RangeRead {
  readonly revision: Revision;
  /** Goes on for about `budget` keys; undefined while there is more to do. */
  step(budget: number): RangeResponse | undefined;
}

/** Reads a checked request at `revision`, all at once. */
export function readRange(space: Space, request: RangeRequest, revision: Revision, header: Header): RangeResponse {
  if (request.rangeEnd === undefined || request.rangeEnd.length === 0) return readOne(space, request, revision, header);
  return new RangeReader(space, request, revision, header).step(Number.POSITIVE_INFINITY) as RangeResponse;
}

export function startRange(space: Space, request: RangeRequest, revision: Revision, header: Header): RangeRead {
  if (request.rangeEnd === undefined || request.rangeEnd.length === 0)
    return { revision, step: () => readOne(space, request, revision, header) };
  return new RangeReader(space, request, revision, header);
}

/** The one key is what is read most. */
function readOne(space: Space, request: RangeRequest, revision: Revision, header: Header): RangeResponse {
  const entry = space.keys.get(keyText(request.key));
  const id = entry ? liveAt(space, entry, revision) : 0;
  if (id === 0) return { header, kvs: [], more: false, count: 0 };
  if (request.countOnly || !passesFilters(space, request, id)) return { header, kvs: [], more: false, count: 1 };
  return { header, kvs: [keyValue(space, id, true, !request.keysOnly)], more: false, count: 1 };
}

class RangeReader implements RangeRead {
  readonly revision: Revision;
  readonly #space: Space;
  readonly #request: RangeRequest;
  readonly #header: Header;
  readonly #limit: number;
  readonly #inKeyOrder: boolean;
  /** The text to go on from; undefined when all keys were looked at. */
  #from: string | undefined;
  readonly #to: string | undefined;
  #ids: number[] = [];
  #count = 0;
  #matching = 0;
  #sorted = false;
  #kvs: KeyValue[] = [];

  constructor(space: Space, request: RangeRequest, revision: Revision, header: Header) {
    this.revision = revision;
    this.#space = space;
    this.#request = request;
    this.#header = header;
    this.#limit = request.limit && request.limit > 0 ? request.limit : Number.MAX_SAFE_INTEGER;
    const { sort } = request;
    this.#inKeyOrder = sort === undefined || (sort.by === 'key' && !sort.descending);
    ({ from: this.#from, to: this.#to } = textRange(request));
  }

  step(budget: number): RangeResponse | undefined {
    let left = budget;
    if (this.#from !== undefined) left -= this.#findKeys(left);
    if (this.#from !== undefined || left <= 0) return undefined;
    if (!this.#sorted) {
      this.#sorted = true;
      if (!this.#inKeyOrder && this.#request.sort?.by !== 'value') this.#sortByNumbers();
    }
    if (!this.#readValues(left)) return undefined;
    const more = this.#matching > this.#limit;
    return { header: this.#header, kvs: this.#finished(), more, count: this.#count };
  }

  /** Returns how many were looked at. */
  #findKeys(budget: number): number {
    const request = this.#request;
    let looked = 0;
    let next: string | undefined;
    this.#space.keys.visit({ from: this.#from ?? '', to: this.#to }, (entry: KeyEntry) => {
      if (looked >= budget) {
        next = entry.text;
        return false;
      }
      looked += 1;
      const id = liveAt(this.#space, entry, this.revision);
      if (id === 0) return undefined;
      this.#count += 1;
      if (request.countOnly || !passesFilters(this.#space, request, id)) return undefined;
      this.#matching += 1;
      // In key order the first ones are the answer; in any other, all must be seen.
      if (!this.#inKeyOrder || this.#matching <= this.#limit) this.#ids.push(id);
      return undefined;
    });
    this.#from = next;
    return looked;
  }

  #sortByNumbers(): void {
    const { versions } = this.#space;
    const { by = 'key', descending } = this.#request.sort ?? {};
    if (by === 'key') this.#ids.reverse();
    else if (by !== 'value') {
      const of = { version: versions.version, create: versions.create, mod: versions.mod }[by].bind(versions);
      const direction = descending ? -1 : 1;
      this.#ids.sort((a, b) => (of(a) - of(b)) * direction);
    }
    if (this.#ids.length > this.#limit) this.#ids.length = this.#limit;
  }

  /** True when all values are here. */
  #readValues(budget: number): boolean {
    const ids = this.#ids;
    const keep = ids.length <= keptValues;
    const withValue = !this.#request.keysOnly || this.#request.sort?.by === 'value';
    let spent = 0;
    while (this.#kvs.length < ids.length) {
      if (spent >= budget) return false;
      const id = ids[this.#kvs.length] as number;
      spent += withValue && isCold(this.#space, id) ? coldCost : hotCost;
      // Long values take their time by the byte.
      if (withValue) spent += this.#space.versions.valueLength(id) >>> 10;
      this.#kvs.push(keyValue(this.#space, id, keep, withValue));
    }
    return true;
  }

  #finished(): readonly KeyValue[] {
    const { sort, keysOnly } = this.#request;
    if (sort?.by !== 'value') return this.#kvs;
    const direction = sort.descending ? -1 : 1;
    const kvs = this.#kvs.sort((a, b) => compareBytes(a.value, b.value) * direction).slice(0, this.#limit);
    return keysOnly ? kvs.map((kv) => ({ ...kv, value: new Uint8Array(0) })) : kvs;
  }
}

function passesFilters({ versions }: Space, request: RangeRequest, id: number): boolean {
  const { minModRevision = 0, maxModRevision = 0, minCreateRevision = 0, maxCreateRevision = 0 } = request;
  const mod = versions.mod(id);
  const create = versions.create(id);
  return (
    mod >= minModRevision &&
    (maxModRevision === 0 || mod <= maxModRevision) &&
    create >= minCreateRevision &&
    (maxCreateRevision === 0 || create <= maxCreateRevision)
  );
}
