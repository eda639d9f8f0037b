import { hasCode } from '@trireme/base';
import type { Disk, DiskFile } from '@trireme/ports';
import { crc32c } from './crc32c.ts';

/** What a member may never forget, even where its log is damaged: the term it is in, and whom it voted for there. */
export interface Vote {
  readonly term: number;
  readonly vote: number;
}

/**
 * The vote, in a file of its own beside the log and twice in it, each copy checked and in a place where one failing sector
 * does not reach both. One copy is written after the other, so that a crash tears one at most.
 */
export interface VoteFile {
  /** The newest that can be read; undefined where nothing was written yet. */
  readonly found: Vote | undefined;
  /** Nothing can be read although something was written. */
  readonly isLost: boolean;
  /** Resolves when both copies are durable. */
  write(vote: Vote): Promise<void>;
  close(): Promise<void>;
}

const slotBytes = 4096;
const copyBytes = 32;
const format = 1;

export async function openVoteFile(disk: Disk, directory: string): Promise<VoteFile> {
  const path = `${directory}/hard-state`;
  let bytes: Uint8Array = new Uint8Array(0);
  let file: DiskFile;
  try {
    bytes = await disk.readFile(path);
    file = await disk.open(path, 'existing');
  } catch (error) {
    if (!hasCode(error, 'not-found')) throw error;
    file = await disk.open(path, 'create');
  }
  if (bytes.length < 2 * slotBytes) {
    await file.write(0, new Uint8Array(2 * slotBytes));
    await file.sync();
    await disk.syncDirectory(directory);
  }
  const copies = [0, 1].flatMap((slot) => decode(slot, bytes) ?? []);
  return {
    found: copies.reduce<Vote | undefined>((best, copy) => newerVote(best, copy), undefined),
    isLost: copies.length === 0 && bytes.some((byte) => byte !== 0),
    async write(vote) {
      for (const slot of [0, 1]) {
        const copy = encode(slot, vote);
        if (file.writeDurably) await file.writeDurably(slot * slotBytes, copy);
        else {
          await file.write(slot * slotBytes, copy);
          await file.sync();
        }
      }
    },
    close: () => file.close(),
  };
}

/** Terms only grow, and in one term a vote is given once. */
export function newerVote(a: Vote | undefined, b: Vote): Vote {
  if (!a || b.term > a.term) return b;
  return a.term === b.term && a.vote === 0 ? b : a;
}

function encode(slot: number, { term, vote }: Vote): Uint8Array {
  const copy = new Uint8Array(copyBytes);
  const view = new DataView(copy.buffer);
  view.setUint32(4, format, true);
  view.setUint32(8, slot, true);
  view.setBigUint64(16, BigInt(term), true);
  view.setBigUint64(24, BigInt(vote), true);
  view.setUint32(0, crc32c(copy, 4), true);
  return copy;
}

function decode(slot: number, bytes: Uint8Array): Vote | undefined {
  if (bytes.length < slot * slotBytes + copyBytes) return undefined;
  const copy = bytes.subarray(slot * slotBytes, slot * slotBytes + copyBytes);
  const view = new DataView(copy.buffer, copy.byteOffset, copyBytes);
  if (view.getUint32(0, true) !== crc32c(copy, 4)) return undefined;
  if (view.getUint32(4, true) !== format || view.getUint32(8, true) !== slot) return undefined;
  return { term: Number(view.getBigUint64(16, true)), vote: Number(view.getBigUint64(24, true)) };
}
