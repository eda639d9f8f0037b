import type { Bytes } from '@trireme/base';
import { sleep, type Timers } from '@trireme/ports';
import type { AbstractLevel } from 'abstract-level';
import { type KeySpace, Version } from '../mvcc/index.ts';
import { decodeMeta, decodeVersion, encodeMeta, encodeVersion, type StateMeta } from './version-codec.ts';

/** A Level database with byte keys and values ('view' encodings). Any abstract-level implementation serves. */
export type StateLevel = AbstractLevel<string | Bytes, Bytes, Bytes>;

const metaKey = new Uint8Array([0]);
const maxBatchBytes = 128 << 10;

/** Versions live under their generation, revision and place in it, so new ones always go to the end of the database. */
function versionKey(generation: number, revision: number, sub: number): Uint8Array {
  const key = new Uint8Array(17);
  const view = new DataView(key.buffer);
  view.setUint8(0, 1);
  view.setUint32(1, generation);
  view.setUint32(5, Math.floor(revision / 0x1_0000_0000));
  view.setUint32(9, revision >>> 0);
  view.setUint32(13, sub);
  return key;
}

function generationRange(generation: number): { readonly gte: Uint8Array; readonly lt: Uint8Array } {
  return { gte: versionKey(generation, 0, 0), lt: versionKey(generation + 1, 0, 0) };
}

/**
 * The state on disk, behind the log. A checkpoint becomes true in one step, when its meta is written: versions newer than
 * the meta are not looked at, and versions it made superfluous are removed afterwards.
 */
export interface Checkpoints {
  readonly revision: number;
  readonly index: number;
  /** Writes what changed since the last one. `meta` was taken when the space was in just that state. */
  write(space: KeySpace, meta: StateMeta): Promise<void>;
  /** Removes versions that the last checkpoint's compaction made superfluous. */
  remove(versions: readonly Version[]): Promise<void>;
  /** Replaces everything. */
  replace(versions: readonly Version[], meta: StateMeta): Promise<void>;
}

export interface StoredState {
  readonly meta: StateMeta;
  readonly versions: readonly Version[];
}

/** Reads what is stored. */
export async function openCheckpoints(
  level: StateLevel,
  timers: Timers,
): Promise<{ readonly checkpoints: Checkpoints; readonly stored: StoredState | undefined }> {
  const metaBytes = await level.get(metaKey);
  const [generation, stored] = metaBytes ? await readState(level, metaBytes) : [0, undefined];
  let current = generation;
  let revision = stored?.meta.space.revision ?? 1;
  let index = stored?.meta.replica.index ?? 0;

  const put = async (versions: Iterable<Version>, into: number): Promise<void> => {
    let batch = level.batch();
    let bytes = 0;
    for (const version of versions) {
      const value = encodeVersion(version);
      bytes += value.length + 64;
      batch.put(versionKey(into, version.modRevision, Version.sub(version)), value);
      if (bytes < maxBatchBytes) continue;
      await batch.write();
      // Encoding is work on the event loop that carries Raft: breathe between pieces.
      await sleep(timers, 0);
      batch = level.batch();
      bytes = 0;
    }
    await batch.write();
  };
  const putMeta = async (meta: StateMeta): Promise<void> => {
    const value = new Uint8Array([...new Uint8Array(4), ...encodeMeta(meta)]);
    new DataView(value.buffer).setUint32(0, current);
    // Classic-level takes `sync`; it makes this and all writes before it durable.
    await level.batch([{ type: 'put', key: metaKey, value }], { sync: true } as object);
    revision = meta.space.revision;
    index = meta.replica.index;
  };

  return {
    stored,
    checkpoints: {
      get revision() {
        return revision;
      },
      get index() {
        return index;
      },
      async write(space, meta) {
        await put(changedVersions(space, revision + 1, meta.space.revision), current);
        await putMeta(meta);
      },
      async remove(removed) {
        for (let at = 0; at < removed.length; at += 1000) {
          const gone = removed.slice(at, at + 1000);
          await level.batch(
            gone.map((version) => ({
              type: 'del',
              key: versionKey(current, version.modRevision, Version.sub(version)),
            })),
          );
        }
      },
      async replace(versions, meta) {
        const old = current;
        // What an earlier attempt left there does not belong to this state.
        await level.clear(generationRange(old + 1));
        await put(versions, old + 1);
        current = old + 1;
        await putMeta(meta);
        await level.clear(generationRange(old));
      },
    },
  };
}

function* changedVersions(space: KeySpace, from: number, to: number): Iterable<Version> {
  for (let revision = from; revision <= to; revision++)
    for (const { kv } of space.changeAt(revision, true)?.events ?? []) yield kv as Version;
}

async function readState(level: StateLevel, metaBytes: Bytes): Promise<[generation: number, state: StoredState]> {
  const view = new DataView(metaBytes.buffer, metaBytes.byteOffset, metaBytes.length);
  const generation = view.getUint32(0);
  const meta = decodeMeta(metaBytes.subarray(4));
  const versions: Version[] = [];
  for await (const value of level.values(generationRange(generation))) {
    const version = decodeVersion(value);
    if (version.modRevision <= meta.space.revision) versions.push(version);
  }
  return [generation, { meta, versions }];
}
