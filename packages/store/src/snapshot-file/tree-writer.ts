import { type Bytes, compareBytes, invariant } from '@trireme/base';
import {
  bucketFlag,
  elementBytes,
  maxElements,
  pageFlags,
  pageHeaderBytes,
  viewOf,
  writePageHeader,
  writeUint64,
} from './page-format.ts';

/** Hands out page numbers and takes pages, which come in their order. */
export interface PageSink {
  readonly pageBytes: number;
  /** The first of `count` pages in a row. */
  allocate(count: number): number;
  /** Pages that only need a place do not have to be encoded. */
  write(encode: () => Bytes): void;
}

/** A value, or in a pass that only measures its length. */
export type ValueOrLength = Bytes | number;

interface LeafEntry {
  readonly key: Bytes;
  readonly value: ValueOrLength;
}

interface BranchEntry {
  readonly key: Bytes;
  readonly page: number;
}

interface BranchLevel {
  entries: BranchEntry[];
  sizeBytes: number;
}

/** A bucket's tree, done: its root's page, or everything in it where that is little. */
export type FinishedTree =
  | { readonly root: number }
  | { readonly inline: readonly LeafEntry[]; readonly sizeBytes: number };

/**
 * Writes one tree from keys that come in order. Held in memory are one unfinished page for each level: pages are written
 * full, from left to right, so that a file of any size takes no more.
 */
export interface TreeWriter {
  put(key: Bytes, value: ValueOrLength): void;
  finish(): FinishedTree;
}

export function createTreeWriter(sink: PageSink, options: { readonly buckets: boolean }): TreeWriter {
  const flag = options.buckets ? bucketFlag : 0;
  const levels: BranchLevel[] = [];
  let leaf: LeafEntry[] = [];
  let leafBytes = pageHeaderBytes;
  let last: Bytes | undefined;

  const flushLeaf = (): BranchEntry => {
    const entries = leaf;
    const page = writePage(sink, leafBytes, (id, bytes) => fillLeaf(bytes, id, flag, entries));
    const key = entries[0]?.key ?? new Uint8Array(0);
    leaf = [];
    leafBytes = pageHeaderBytes;
    return { key, page };
  };
  /** Adds to a level of branches; what no longer fits goes to a page, and that to the level above. */
  const add = (depth: number, entry: BranchEntry): void => {
    levels[depth] ??= { entries: [], sizeBytes: pageHeaderBytes };
    const level = levels[depth];
    const size = elementBytes + entry.key.length;
    // The newest stays behind, so that no page is left with one child alone, which bbolt does not allow.
    if (
      level.entries.length >= 3 &&
      (level.sizeBytes + size > sink.pageBytes || level.entries.length === maxElements)
    ) {
      const kept = level.entries.pop() as BranchEntry;
      level.sizeBytes -= elementBytes + kept.key.length;
      add(depth + 1, flushBranch(sink, level));
      level.entries.push(kept);
      level.sizeBytes += elementBytes + kept.key.length;
    }
    level.entries.push(entry);
    level.sizeBytes += size;
  };
  const finishBranches = (): number => {
    for (let depth = 0; ; depth++) {
      const level = levels[depth] as BranchLevel;
      const isTop = depth === levels.length - 1;
      if (isTop && level.entries.length === 1) return (level.entries[0] as BranchEntry).page;
      add(depth + 1, flushBranch(sink, level));
    }
  };

  return {
    put(key, value) {
      invariant(!last || compareBytes(last, key) < 0, 'a tree takes keys in their order, each once');
      last = key;
      const size = elementBytes + key.length + lengthOf(value);
      if (leaf.length > 0 && (leafBytes + size > sink.pageBytes || leaf.length === maxElements)) add(0, flushLeaf());
      leaf.push({ key, value });
      leafBytes += size;
    },
    finish() {
      if (levels.length === 0) {
        // As bbolt does: a small bucket has no page of its own.
        if (!options.buckets && leafBytes <= sink.pageBytes / 4) return { inline: leaf, sizeBytes: leafBytes };
        return { root: flushLeaf().page };
      }
      add(0, flushLeaf());
      return { root: finishBranches() };
    },
  };
}

export function lengthOf(value: ValueOrLength): number {
  return typeof value === 'number' ? value : value.length;
}

function flushBranch(sink: PageSink, level: BranchLevel): BranchEntry {
  const { entries, sizeBytes } = level;
  const page = writePage(sink, sizeBytes, (id, bytes) => fillBranch(bytes, id, entries));
  level.entries = [];
  level.sizeBytes = pageHeaderBytes;
  return { key: (entries[0] as BranchEntry).key, page };
}

function writePage(sink: PageSink, sizeBytes: number, fill: (id: PageId, bytes: Bytes) => void): number {
  const count = Math.ceil(sizeBytes / sink.pageBytes);
  const id = sink.allocate(count);
  sink.write(() => {
    const bytes = new Uint8Array(count * sink.pageBytes);
    fill({ id, overflow: count - 1 }, bytes);
    return bytes;
  });
  return id;
}

interface PageId {
  readonly id: number;
  readonly overflow: number;
}

/** Writes a leaf to where `bytes` begins. */
export function fillLeaf(bytes: Bytes, id: PageId, flag: number, entries: readonly LeafEntry[]): void {
  const view = viewOf(bytes);
  writePageHeader(view, { ...id, flags: pageFlags.leaf, count: entries.length });
  let data = pageHeaderBytes + entries.length * elementBytes;
  for (const [index, { key, value }] of entries.entries()) {
    invariant(typeof value !== 'number', 'a page that is written has its values');
    const at = pageHeaderBytes + index * elementBytes;
    view.setUint32(at, flag, true);
    view.setUint32(at + 4, data - at, true);
    view.setUint32(at + 8, key.length, true);
    view.setUint32(at + 12, value.length, true);
    bytes.set(key, data);
    bytes.set(value, data + key.length);
    data += key.length + value.length;
  }
}

function fillBranch(bytes: Bytes, id: PageId, entries: readonly BranchEntry[]): void {
  const view = viewOf(bytes);
  writePageHeader(view, { ...id, flags: pageFlags.branch, count: entries.length });
  let data = pageHeaderBytes + entries.length * elementBytes;
  for (const [index, { key, page }] of entries.entries()) {
    const at = pageHeaderBytes + index * elementBytes;
    view.setUint32(at, data - at, true);
    view.setUint32(at + 4, key.length, true);
    writeUint64(view, at + 8, page);
    bytes.set(key, data);
    data += key.length;
  }
}
