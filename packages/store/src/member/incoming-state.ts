import type { Bytes } from '@trireme/base';
import type { NamedRecord } from '../mvcc/index.ts';
import type { Checkpoints } from './checkpoints.ts';
import { lastKey, type StateLevel } from './level-reads.ts';
import type { StateMeta } from './meta-codec.ts';
import { generationBounds, partialKey, readVersionKey, type VersionPlace } from './state-keys.ts';

/** Where a state that is being received goes, and what of it is there already. */
export interface IncomingState {
  readonly generation: number;
  /** The last version that is here. */
  readonly after: VersionPlace;
  /** Everything that was superseded up to here is archived here as far as it ever will be. */
  readonly archivedAfter: number;
  put(records: readonly NamedRecord[]): Promise<void>;
}

const nothing: VersionPlace = { revision: 0, sub: 0 };

/**
 * Versions never change and come in the order of their revisions, so whatever is here of them serves again. Where the
 * sender has not compacted past what this member has, its own state is the beginning, and only what is newer is sent.
 * Otherwise it is the part that an earlier transfer has left in the next generation, if the sender has not compacted past
 * its end. Then everything that deleted or replaced what is here is here too, or will come. If it has, that may have been
 * swept where the sender is, and what is here would come back to life: unless the part was of the same compaction and held
 * nothing superfluous. Else it begins anew. `isFresh`: what is here is not to be trusted, so nothing of it is taken.
 */
export async function openIncoming(
  { level, checkpoints }: { readonly level: StateLevel; readonly checkpoints: Checkpoints },
  { space }: StateMeta,
  isSwept: boolean,
  isFresh: boolean,
): Promise<IncomingState> {
  const { compactRevision } = space;
  const own = checkpoints.meta?.space;
  const archivedAfter = own?.compactRevision ?? 0;
  const put =
    (generation: number, partial?: Bytes) =>
    (records: readonly NamedRecord[]): Promise<void> =>
      checkpoints.put(generation, records, partial);
  if (!isFresh && own && compactRevision <= own.revision && compactRevision >= own.compactRevision) {
    const { generation } = checkpoints;
    const ownEnd = { revision: own.revision, sub: 0xffff_ffff };
    // Newer ones are what an earlier transfer has left: complete, since no sender had compacted past this member's state.
    const last = await lastKey(level, generationBounds(generation, ownEnd));
    return { generation, after: last ? readVersionKey(last) : ownEnd, archivedAfter, put: put(generation) };
  }
  const generation = checkpoints.generation + 1;
  const found = await level.get(partialKey);
  const partial = found && readPartial(found);
  const last = await lastKey(level, generationBounds(generation));
  const after = last ? readVersionKey(last) : nothing;
  const serves =
    partial?.generation === generation &&
    compactRevision >= partial.compactRevision &&
    (compactRevision <= after.revision || (compactRevision === partial.compactRevision && partial.isSwept));
  if (!serves) await checkpoints.clearGeneration(generation);
  const note = writePartial({ generation, compactRevision, isSwept });
  return { generation, after: serves ? after : nothing, archivedAfter, put: put(generation, note) };
}

interface Partial {
  readonly generation: number;
  /** Of the last sender. */
  readonly compactRevision: number;
  readonly isSwept: boolean;
}

const partialBytes = 13;

function writePartial({ generation, compactRevision, isSwept }: Partial): Bytes {
  const bytes = new Uint8Array(partialBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, generation);
  view.setFloat64(4, compactRevision);
  view.setUint8(12, isSwept ? 1 : 0);
  return bytes;
}

function readPartial(bytes: Bytes): Partial | undefined {
  if (bytes.length !== partialBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { generation: view.getUint32(0), compactRevision: view.getFloat64(4), isSwept: view.getUint8(12) === 1 };
}
