import { FieldReader } from './protobuf.ts';

/** Looks into answers of etcd's API for what shows that they are right, and decodes nothing else of them. */
const outer = new FieldReader();
const inner = new FieldReader();
const innermost = new FieldReader();

/** The revision in the header of any answer; 0 where there is none. */
function headerRevision(bytes: Buffer, start: number, end: number): number {
  inner.over(bytes, start, end);
  while (inner.next()) if (inner.field === 3) return inner.value;
  return 0;
}

export function revisionOf(bytes: Buffer, start: number, end: number): number {
  outer.over(bytes, start, end);
  while (outer.next()) if (outer.field === 1) return headerRevision(bytes, outer.start, outer.end);
  return 0;
}

export interface RangeSeen {
  revision: number;
  count: number;
  kvs: number;
  /** Of the first pair. */
  valueBytes: number;
}

/** Fills `seen` from a range's answer. */
export function lookAtRange(bytes: Buffer, start: number, end: number, seen: RangeSeen): void {
  seen.revision = 0;
  seen.count = 0;
  seen.kvs = 0;
  seen.valueBytes = 0;
  outer.over(bytes, start, end);
  while (outer.next()) {
    if (outer.field === 1) seen.revision = headerRevision(bytes, outer.start, outer.end);
    else if (outer.field === 4) seen.count = outer.value;
    else if (outer.field === 2) {
      seen.kvs += 1;
      if (seen.kvs === 1) seen.valueBytes = sizeOfValue(bytes, outer.start, outer.end);
    }
  }
}

function sizeOfValue(bytes: Buffer, start: number, end: number): number {
  inner.over(bytes, start, end);
  while (inner.next()) if (inner.field === 5) return inner.end - inner.start;
  return 0;
}

export interface WatchSeen {
  created: boolean;
  canceled: boolean;
}

/** Says of a watch's answer what it is, and hands each event's value to `onValue`: where it begins. */
export function lookAtWatch(
  bytes: Buffer,
  start: number,
  end: number,
  seen: WatchSeen,
  onValue: (valueAt: number) => void,
): void {
  seen.created = false;
  seen.canceled = false;
  outer.over(bytes, start, end);
  while (outer.next()) {
    if (outer.field === 3) seen.created = outer.value !== 0;
    else if (outer.field === 4) seen.canceled = outer.value !== 0;
    else if (outer.field === 11) onValue(valueOfEvent(bytes, outer.start, outer.end));
  }
}

function valueOfEvent(bytes: Buffer, start: number, end: number): number {
  inner.over(bytes, start, end);
  while (inner.next()) {
    if (inner.field !== 2) continue;
    innermost.over(bytes, inner.start, inner.end);
    while (innermost.next()) if (innermost.field === 5) return innermost.start;
  }
  throw new Error('read an event: it holds no value, and only puts were made');
}
