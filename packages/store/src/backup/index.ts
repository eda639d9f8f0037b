/**
 * Backups of a store: a copy of a member's state as a snapshot file in etcd's format, what such a file holds, and new members
 * from it.
 *
 * @example
 * const { pieces } = await writeSnapshot({ clock }, copy);
 * for await (const piece of pieces) await append(piece);
 * const snapshot = await openSnapshot(await sourceOfFile(file));
 * const { hash, revision } = await snapshotStatus(snapshot);
 */
export { type OpenedSnapshot, type OpenSnapshotOptions, openSnapshot } from './open-snapshot.ts';
export type { PointInTime } from './point-in-time.ts';
export { type RecoverDeps, type RecoveryPlan, recoverMember } from './recover-member.ts';
export { type RestoreDeps, type RestoreReport, type RestoreRequest, restoreSnapshot } from './restore-snapshot.ts';
export { type SnapshotSource, sourceOfFile } from './snapshot-source.ts';
export { type SnapshotStatus, snapshotStatus } from './snapshot-status.ts';
export { type WriteSnapshotDeps, writeSnapshot } from './write-snapshot.ts';
