import { type SnapshotStatus, snapshotStatus } from '@trireme/store';
import { formatBytes, formatTable } from '../../../tables.ts';
import type { StatusOptions } from './command-options.ts';
import { withSnapshotFile } from './snapshot-disk-file.ts';

export async function printStatus(file: string, options: StatusOptions): Promise<void> {
  const status = await withSnapshotFile(file, options, snapshotStatus);
  console.log((options.writeOut ?? options.output) === 'json' ? asJson(status) : asTable(status));
}

/** etcd's names for what etcd tells. */
function asJson({
  hash,
  revision,
  totalKeys,
  totalBytes,
  compactRevision,
  takenAtMs,
  pointInTime,
}: SnapshotStatus): string {
  const { fromRevision, toRevision, fromMs, toMs } = pointInTime;
  return JSON.stringify({
    ...{ hash, revision, totalKey: totalKeys, totalSize: totalBytes, version: '', compactRevision },
    takenAt: timeText(takenAtMs),
    pointInTime: { fromRevision, toRevision, fromTime: timeText(fromMs), toTime: timeText(toMs) },
  });
}

function asTable({ hash, revision, totalKeys, totalBytes, takenAtMs, pointInTime }: SnapshotStatus): string {
  const { fromRevision, toRevision, fromMs, toMs } = pointInTime;
  const table = formatTable(
    ['HASH', 'REVISION', 'RECORDS', 'SIZE', 'TAKEN AT'],
    [
      [
        hash.toString(16),
        String(revision),
        String(totalKeys),
        formatBytes(totalBytes),
        timeText(takenAtMs) ?? 'not known',
      ],
    ],
  );
  const times =
    fromMs === undefined || toMs === undefined ? '' : `, the times ${timeText(fromMs)} to ${timeText(toMs)}`;
  return `${table}\n\nIt can be restored at the revisions ${fromRevision} to ${toRevision}${times}.`;
}

function timeText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
