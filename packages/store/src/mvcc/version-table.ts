import type { LeaseId, Revision } from '@trireme/ports';

const chunkBits = 11;
const chunkLength = 1 << chunkBits;
const chunkMask = chunkLength - 1;

/** What an index holds of one version, but for its bytes. */
export interface VersionRow {
  readonly modRevision: Revision;
  readonly createRevision: Revision;
  readonly version: number;
  readonly lease: LeaseId;
  readonly sub: number;
  readonly digest: number;
  readonly valueLength: number;
  /** Where its record is in memory; 0: on the disk only. */
  readonly place: number;
}

class Chunk {
  readonly mod = new Float64Array(chunkLength);
  readonly create = new Float64Array(chunkLength);
  readonly version = new Float64Array(chunkLength);
  readonly place = new Float64Array(chunkLength);
  readonly sub = new Uint32Array(chunkLength);
  readonly key = new Uint32Array(chunkLength);
  readonly older = new Uint32Array(chunkLength);
  readonly newer = new Uint32Array(chunkLength);
  readonly length = new Uint32Array(chunkLength);
  readonly digest = new Int32Array(chunkLength);
}

/**
 * The numbers of all versions, in columns: 56 bytes a version outside the engine's heap, where the collector never looks.
 * A version is an id from 1 on; ids of versions that went are given to new ones. The versions of a key are a chain.
 */
export class VersionTable {
  readonly #chunks: Chunk[] = [];
  /** Most versions have none. */
  readonly #leases = new Map<number, LeaseId>();
  #next = 1;
  /** The head of the free ids' chain, linked by `older`. */
  #free = 0;
  size = 0;

  add(row: VersionRow, keyId: number, older: number): number {
    const id = this.#takeId();
    const chunk = this.#chunk(id);
    const at = id & chunkMask;
    chunk.mod[at] = row.modRevision;
    chunk.create[at] = row.createRevision;
    chunk.version[at] = row.version;
    chunk.place[at] = row.place;
    chunk.sub[at] = row.sub;
    chunk.key[at] = keyId;
    chunk.older[at] = older;
    chunk.newer[at] = 0;
    chunk.length[at] = row.valueLength;
    chunk.digest[at] = row.digest;
    if (row.lease !== 0n) this.#leases.set(id, row.lease);
    if (older !== 0) this.#chunk(older).newer[older & chunkMask] = id;
    this.size += 1;
    return id;
  }

  /** Takes a version out of its key's chain and gives its id back. */
  remove(id: number): void {
    const chunk = this.#chunk(id);
    const at = id & chunkMask;
    const older = chunk.older[at] as number;
    const newer = chunk.newer[at] as number;
    if (older !== 0) this.#chunk(older).newer[older & chunkMask] = newer;
    if (newer !== 0) this.#chunk(newer).older[newer & chunkMask] = older;
    chunk.older[at] = this.#free;
    this.#free = id;
    this.#leases.delete(id);
    this.size -= 1;
  }

  mod(id: number): Revision {
    return this.#chunk(id).mod[id & chunkMask] as number;
  }

  create(id: number): Revision {
    return this.#chunk(id).create[id & chunkMask] as number;
  }

  /** 0: a tombstone. */
  version(id: number): number {
    return this.#chunk(id).version[id & chunkMask] as number;
  }

  lease(id: number): LeaseId {
    return this.#leases.size === 0 ? 0n : (this.#leases.get(id) ?? 0n);
  }

  sub(id: number): number {
    return this.#chunk(id).sub[id & chunkMask] as number;
  }

  keyId(id: number): number {
    return this.#chunk(id).key[id & chunkMask] as number;
  }

  digest(id: number): number {
    return this.#chunk(id).digest[id & chunkMask] as number;
  }

  valueLength(id: number): number {
    return this.#chunk(id).length[id & chunkMask] as number;
  }

  place(id: number): number {
    return this.#chunk(id).place[id & chunkMask] as number;
  }

  setPlace(id: number, place: number): void {
    this.#chunk(id).place[id & chunkMask] = place;
  }

  /** The version of the same key before this one; 0: none is here. */
  older(id: number): number {
    return this.#chunk(id).older[id & chunkMask] as number;
  }

  newer(id: number): number {
    return this.#chunk(id).newer[id & chunkMask] as number;
  }

  #chunk(id: number): Chunk {
    return this.#chunks[id >>> chunkBits] as Chunk;
  }

  #takeId(): number {
    const free = this.#free;
    if (free !== 0) {
      this.#free = this.older(free);
      return free;
    }
    const id = this.#next++;
    if (id >>> chunkBits === this.#chunks.length) this.#chunks.push(new Chunk());
    return id;
  }
}
