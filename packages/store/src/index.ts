/**
 * A replicated, revisioned key-value store with etcd v3's semantics. Each member is a whole replica: a write is
 * acknowledged when a majority has it on disk, linearizable reads and watches are served by any member. Time, randomness,
 * disk and network are given in, so the same code runs in production and under simulation.
 *
 * @example
 * import { utf8 } from '@trireme/base';
 * import { silentLogger } from '@trireme/ports';
 * import { createMember } from '@trireme/store';
 * import { createMemoryDisk, createPeerNetwork, createSeededRandom, createVirtualTime } from '@trireme/testkit';
 * import { MemoryLevel } from 'memory-level';
 *
 * const time = createVirtualTime();
 * const random = createSeededRandom(1);
 * const member = await createMember({
 *   id: 1n,
 *   peers: [{ id: 1n, url: 'https://127.0.0.1:2380' }],
 *   disk: createMemoryDisk().attach(),
 *   level: () => new MemoryLevel<Uint8Array, Uint8Array>({ keyEncoding: 'view', valueEncoding: 'view' }),
 *   transport: createPeerNetwork({ time, random }).connect(1n),
 *   time,
 *   random,
 *   logger: silentLogger,
 * });
 * await time.advanceUntil(() => member.isLeader(), 5_000);
 * const put = { key: utf8('greeting'), value: utf8('hello') };
 * await member.kv.txn({ success: [{ type: 'put', request: put }] });
 * await member.stop();
 */
export {
  type OpenedSnapshot,
  type OpenSnapshotOptions,
  openSnapshot,
  type PointInTime,
  type RecoverDeps,
  type RecoveryPlan,
  type RestoreDeps,
  type RestoreReport,
  type RestoreRequest,
  recoverMember,
  restoreSnapshot,
  type SnapshotSource,
  type SnapshotStatus,
  snapshotStatus,
  sourceOfFile,
} from './backup/index.ts';
export { LogDamagedError } from './log/index.ts';
export {
  type ArchivedVersion,
  createMember,
  drawMemberId,
  type Member,
  type MemberAddress,
  type MemberDeps,
  type MemberOptions,
  type MemberPeer,
  type MemberStatus,
  type StateLevel,
  type StoredCopy,
  type StoredCopyMeta,
  type StoredVersion,
  type TimeMark,
} from './member/index.ts';
export { type DamagedValue, DamagedValueError, StateDamagedError } from './mvcc/index.ts';
export { type Sha256, SnapshotFileError, type SnapshotFileErrorCode } from './snapshot-file/index.ts';
