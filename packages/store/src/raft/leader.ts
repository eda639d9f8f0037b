import { maybeCommit } from './commit.ts';
import { changeConfiguration, isJoint, isVoter, membersOf } from './configuration.ts';
import { becomeFollower, type Node, resetForLeadership, send } from './node.ts';
import { becomeProbe, createProgress, type Progress } from './progress.ts';
import { quorumVote } from './quorum.ts';
import { entrySize } from './raft-log.ts';
import { flushAppends } from './replication.ts';
import {
  type ConfigChange,
  type Entry,
  type EntryContent,
  type LogIndex,
  type MemberId,
  noMember,
  type ProposalOutcome,
} from './types.ts';

const emptyData = new Uint8Array(0);

export function startLeading(node: Node): void {
  resetForLeadership(node);
  syncProgress(node, true);
  // Whatever change of the membership the log's tail may hold must be applied before the next one.
  node.pendingConfigIndex = node.log.last;
  appendEntries(node, [{ kind: 'normal', data: emptyData }]);
}

/** Makes the followers' table agree with the configuration. */
function syncProgress(node: Node, isNewTerm: boolean): void {
  const members = membersOf(node.config);
  for (const id of members) {
    if (node.progress.has(id)) continue;
    const progress = createProgress(node.log.last + 1);
    // Who was a member before is taken to be well until it is silent; a newcomer first has to be heard.
    if (!isNewTerm) progress.silentTicks = node.options.electionTicks;
    // A newcomer must not make check-quorum fail before it had its chance.
    progress.recentActive = true;
    if (id === node.id) progress.match = node.log.stable;
    node.progress.set(id, progress);
  }
  for (const id of node.progress.keys()) if (!members.includes(id)) node.progress.delete(id);
}

function appendEntries(node: Node, contents: readonly EntryContent[]): void {
  let index = node.log.last;
  const entries: Entry[] = contents.map((content) => ({ index: ++index, term: node.term, ...content }));
  for (const entry of entries) node.uncommittedBytes += entrySize(entry);
  node.log.append(entries);
}

export function proposeAsLeader(node: Node, contents: readonly EntryContent[]): ProposalOutcome {
  if (!node.progress.has(node.id)) return 'no-leader';
  if (node.transferee !== noMember) return 'transferring';
  let bytes = 0;
  for (const content of contents) bytes += entrySize(content);
  // One that is too large by itself still passes when nothing else waits.
  if (node.uncommittedBytes > 0 && node.uncommittedBytes + bytes > node.options.maxUncommittedBytes) return 'busy';
  const configs = contents.filter((content) => content.kind === 'config');
  if (configs.length > 1 || configs.some(({ change }) => !mayChangeConfig(node, change))) return 'config-refused';
  for (const config of configs) node.pendingConfigIndex = node.log.last + contents.indexOf(config) + 1;
  appendEntries(node, contents);
  return 'accepted';
}

function mayChangeConfig(node: Node, change: ConfigChange): boolean {
  if (node.pendingConfigIndex > node.log.applied) return false;
  return 'config' in changeConfiguration(node.config, change);
}

/** The leader's own disk has reached `stable`. */
export function recordOwnMatch(node: Node): void {
  const own = node.progress.get(node.id);
  if (!own) return;
  own.match = node.log.stable;
  maybeCommit(node);
}

export function tickLeader(node: Node): void {
  node.heartbeatElapsed += 1;
  node.electionElapsed += 1;
  node.transferElapsed += 1;
  for (const progress of node.progress.values()) progress.silentTicks += 1;
  // The transfer has one election timeout; after it, proposals are taken again.
  if (node.transferElapsed >= node.options.electionTicks) node.transferee = noMember;
  if (node.electionElapsed >= node.options.electionTicks) {
    node.electionElapsed = 0;
    if (!hasActiveQuorum(node)) {
      // Cut off from the majority: whoever leads it must not find two leaders (check-quorum, thesis 6.2).
      becomeFollower(node, node.term, noMember);
      return;
    }
  }
  if (node.heartbeatElapsed >= node.options.heartbeatTicks) {
    node.heartbeatElapsed = 0;
    node.beat += 1;
    // A lease is renewed by rounds of its own; without leases only reads need to tell rounds apart.
    if (node.options.leaseMs > 0) beginRound(node);
    sendHeartbeats(node);
  }
}

function hasActiveQuorum(node: Node): boolean {
  const active = new Map<MemberId, boolean>();
  for (const [id, progress] of node.progress) {
    active.set(id, id === node.id || progress.recentActive);
    progress.recentActive = false;
  }
  return quorumVote(node.config, active) === 'won';
}

/** Begins a round that followers' answers can be counted for. */
export function beginRound(node: Node): void {
  node.readRound += 1;
  // Measured from before it is sent, so that on its way it can only lose time.
  if (node.options.leaseMs > 0) node.sentRounds.push({ round: node.readRound, sentMs: node.monotonic() });
}

export function sendHeartbeats(node: Node): void {
  for (const [id, progress] of node.progress) {
    if (id === node.id) continue;
    // Never more than the follower is known to have, or it would commit entries of its own that were never agreed on.
    const commit = Math.min(progress.match, node.log.committed);
    send(node, id, { type: 'heartbeat', commit, readRound: node.readRound });
  }
}

export function transferLeadership(node: Node, target: MemberId): void {
  const progress = node.progress.get(target);
  if (!progress || target === node.id || !isVoter(node.config, target)) return;
  // Asked again for the same, the transfer under way goes on; its time does not begin anew.
  if (node.transferee === target) return;
  node.transferee = target;
  node.transferElapsed = 0;
  if (progress.match === node.log.last) finishTransfer(node);
  else progress.force = true;
}

/** The successor has everything: it is to stand for election at once. Repeated, since the message may get lost. */
export function finishTransfer(node: Node): void {
  node.handedOver = true;
  send(node, node.transferee, { type: 'timeout-now' });
}

/** Makes a committed change of the membership take effect. Every member decides the same way. */
export function applyConfig(node: Node, change: ConfigChange): void {
  const result = changeConfiguration(node.config, change);
  if ('refusal' in result) return;
  node.config = result.config;
  if (node.role !== 'leader') return;
  // Those that leave are told that it is committed, as far as they can be.
  flushAppends(node);
  const removed = !isVoter(node.config, node.id);
  if (removed) {
    becomeFollower(node, node.term, noMember);
    return;
  }
  syncProgress(node, false);
  maybeCommit(node);
  if (node.transferee !== noMember && !isVoter(node.config, node.transferee)) node.transferee = noMember;
}

/** Leaves an automatic joint configuration as soon as it is in force. */
export function maybeLeaveJoint(node: Node): void {
  if (node.role !== 'leader' || !isJoint(node.config) || !node.config.autoLeave) return;
  if (node.pendingConfigIndex > node.log.applied) return;
  node.pendingConfigIndex = node.log.last + 1;
  appendEntries(node, [{ kind: 'config', change: { changes: [], transition: 'auto' }, data: emptyData }]);
}

/** The best member to hand the lead to: the voter whose log is the longest. */
export function bestSuccessor(node: Node): MemberId {
  let best: MemberId = noMember;
  let bestMatch: LogIndex = -1;
  for (const [id, progress] of node.progress) {
    if (id === node.id || !isVoter(node.config, id) || !progress.recentActive) continue;
    if (progress.match > bestMatch) {
      best = id;
      bestMatch = progress.match;
    }
  }
  return best;
}

export function reportSnapshot(progress: Progress, arrived: boolean): void {
  if (progress.state !== 'snapshot') return;
  if (!arrived) progress.pendingSnapshot = 0;
  becomeProbe(progress);
  // Waits for the follower's own word (or the next heartbeat) before sending more.
  progress.probeSent = true;
}
