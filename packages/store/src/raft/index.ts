/**
 * Raft as a pure state machine, in the manner of etcd-io/raft: pre-vote, check-quorum, pipelined replication, ReadIndex,
 * leadership transfer, snapshots, learners and joint membership changes. It does nothing by itself.
 *
 * @example
 * const raft = createRaft({ random: Math.random }, { id: 1 }, { ...emptySeed, config: createConfiguration([1]) });
 * raft.campaign();
 * while (raft.hasReady()) {
 *   const ready = raft.ready();
 *   // send ready.messages; write ready.entries and ready.hardState; send ready.messagesAfterPersist; apply
 *   const applied = ready.committed.at(-1)?.index;
 *   raft.advance(applied === undefined ? { persisted: ready.number } : { persisted: ready.number, applied });
 * }
 */
export {
  changeConfiguration,
  createConfiguration,
  emptyConfiguration,
  isJoint,
  isVoter,
  membersOf,
} from './configuration.ts';
export type { RaftOptions } from './node.ts';
export { createRaft, emptySeed, type Raft, type RaftDeps, type RaftSeed, type RaftStatus } from './raft.ts';
export { entrySize } from './raft-log.ts';
export {
  type ConfigChange,
  type Configuration,
  type Entry,
  type EntryContent,
  type HardState,
  type LogIndex,
  type MemberId,
  type Message,
  type MessageContent,
  noMember,
  type ProposalOutcome,
  type Ready,
  type RepairNeed,
  type Role,
  type SnapshotMark,
  type Term,
} from './types.ts';
