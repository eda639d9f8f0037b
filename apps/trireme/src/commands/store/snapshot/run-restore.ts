import { CodedError } from '@trireme/base';
import type { OpenedSnapshot, RestoreReport, RestoreRequest } from '@trireme/store';
import { createProgress } from '../../../progress.ts';
import type { RestoreOptions } from './command-options.ts';
import { restoreCluster } from './restore-cluster.ts';
import { restoreMember } from './restore-member.ts';
import { withSnapshotFile } from './snapshot-disk-file.ts';

/** Above what any client can have seen since the snapshot, as etcd's documentation advises for Kubernetes. */
const clusterBump = 1_000_000_000;

export type PointRequest = Pick<RestoreRequest, 'at' | 'bumpRevision'>;

export async function runRestore(file: string, options: RestoreOptions): Promise<void> {
  const {
    cluster,
    at,
    bumpRevision = cluster === undefined ? 0 : clusterBump,
    markCompacted = cluster !== undefined,
  } = options;
  if (bumpRevision > 0 !== markCompacted)
    throw new CodedError(
      'bad-flag',
      'restore a snapshot: --mark-compacted and --bump-revision go together. Give both, or none.',
    );
  const progress = createProgress();
  const request: PointRequest = { at, bumpRevision };
  const check = { skipHashCheck: options.skipHashCheck };
  const done = await progress.stage('check and restore the snapshot', (note) =>
    withSnapshotFile(file, { ...check, onProgress: (share) => note(`${Math.round(share * 100)}%`) }, (snapshot) =>
      restore(snapshot, options, request, note),
    ),
  );
  console.log(reportText(done.report));
  console.log(done.next);
}

/** What came of it, and what to do now. */
export interface RestoreDone {
  readonly report: RestoreReport;
  readonly next: string;
}

async function restore(
  snapshot: OpenedSnapshot,
  options: RestoreOptions,
  request: PointRequest,
  note: (text: string) => void,
): Promise<RestoreDone> {
  note('');
  if (options.cluster !== undefined) return restoreCluster(snapshot, options.cluster, request, note);
  return restoreMember(snapshot, options, request);
}

function reportText({ restoredRevision, revision, versions, leases, revivedLeases }: RestoreReport): string {
  const raised = revision === restoredRevision ? '' : `, raised to ${revision}`;
  const revived = revivedLeases === 0 ? '' : `, ${revivedLeases} of which had ended since and do so again in a minute`;
  return `Restored revision ${restoredRevision}${raised}: ${versions} versions, ${leases} leases${revived}.`;
}
