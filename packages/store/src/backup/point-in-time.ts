import { damagedPage, ownBuckets, type ReadFacts, readArchived, SnapshotFileError } from '../snapshot-file/index.ts';
import type { OpenedSnapshot } from './open-snapshot.ts';

/** What to go back to: a revision, or the last one known to have been there at a time (Unix, in milliseconds). */
export type PointInTime = { readonly revision: number } | { readonly unixMs: number };

export interface PointRange {
  readonly fromRevision: number;
  readonly toRevision: number;
}

/** The oldest revision whose every version is there: what compaction dropped before the archive began is gone. */
export async function oldestRevision(snapshot: OpenedSnapshot): Promise<number> {
  const { compactRevision } = snapshot.facts;
  for await (const { elements, place } of snapshot.elements(ownBuckets.archive)) {
    const [first] = elements;
    if (!first) continue;
    const archived = readArchived(first.key, first.value);
    if (!archived) throw damagedPage(place, 'an archived version in it cannot be read');
    return Math.max(1, Math.min(compactRevision, archived.supersededBy - 1));
  }
  return Math.max(1, compactRevision);
}

/** The revision to restore. Throws `out-of-range`, naming what can be had. */
export function resolvePoint(point: PointInTime, range: PointRange, facts: ReadFacts): number {
  if ('revision' in point) {
    if (point.revision >= range.fromRevision && point.revision <= range.toRevision) return point.revision;
    throw outOfRange(`revision ${point.revision}`, range, facts);
  }
  const { unixMs } = point;
  const { takenAtMs } = facts;
  if (takenAtMs !== undefined && unixMs === takenAtMs) return range.toRevision;
  const mark = reachableMarks(range, facts).findLast((each) => each.unixMs <= unixMs);
  if (!mark || takenAtMs === undefined || unixMs > takenAtMs)
    throw outOfRange(`the time ${timeText(unixMs)}`, range, facts);
  return mark.revision;
}

export function reachableMarks(range: PointRange, { marks }: Pick<ReadFacts, 'marks'>): ReadFacts['marks'] {
  return marks.filter(({ revision }) => revision >= range.fromRevision && revision <= range.toRevision);
}

function outOfRange(wanted: string, range: PointRange, facts: ReadFacts): SnapshotFileError {
  const first = reachableMarks(range, facts)[0];
  const times =
    first && facts.takenAtMs !== undefined
      ? `, that is the times from ${timeText(first.unixMs)} to ${timeText(facts.takenAtMs)}`
      : '; it says nothing of times, for the store it is of kept none';
  return new SnapshotFileError(
    'out-of-range',
    `restore ${wanted}: the snapshot has the revisions ${range.fromRevision} to ${range.toRevision}${times}. ` +
      'Choose one of those, or another snapshot.',
  );
}

function timeText(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
