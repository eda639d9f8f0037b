import { maybeCommit } from './commit.ts';
import { finishTransfer } from './leader.ts';
import { becomeFollower, type Node, send, sendAfterPersist } from './node.ts';
import {
  becomeReplicate,
  becomeSnapshot,
  forgetMatch,
  freeOldest,
  isPaused,
  type Progress,
  recordMatch,
  recordRefusal,
  recordSent,
} from './progress.ts';
import { entrySize } from './raft-log.ts';
import type { Entry, MemberId, Message } from './types.ts';

type Of<T extends Message['type']> = Message & { readonly type: T };

/** Sends every follower what it lacks, as far as its window allows. Called once per ready, so a turn's work is batched. */
export function flushAppends(node: Node): void {
  for (const [id, progress] of node.progress) {
    if (id === node.id) continue;
    while (wantsAppend(node, progress)) if (!sendAppend(node, id, progress)) break;
  }
}

function wantsAppend(node: Node, progress: Progress): boolean {
  const { maxInflightMessages: messages, maxInflightBytes: bytes } = node.options;
  if (isPaused(progress, { messages, bytes })) return false;
  if (progress.force || progress.state === 'probe' || progress.next <= node.log.last) return true;
  return progress.sentCommit < Math.min(node.log.committed, progress.next - 1);
}

function sendAppend(node: Node, to: MemberId, progress: Progress): boolean {
  const { log } = node;
  const prevIndex = progress.next - 1;
  const prevTerm = log.termAt(prevIndex);
  if (prevTerm === undefined || progress.next < log.first) return sendSnapshot(node, to, progress);
  const entries = progress.next <= log.last ? log.slice(progress.next, node.options.maxAppendBytes) : [];
  send(node, to, { type: 'append', prevIndex, prevTerm, entries, commit: log.committed });
  const lastIndex = prevIndex + entries.length;
  recordSent(progress, lastIndex, sizeOf(entries), entries.length === 0);
  progress.sentCommit = Math.min(log.committed, lastIndex);
  return true;
}

function sizeOf(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entrySize(entry);
  return bytes;
}

function sendSnapshot(node: Node, to: MemberId, progress: Progress): boolean {
  // A member that is away would only be sent it in vain.
  if (!progress.recentActive) return false;
  const { applied } = node.log;
  const term = node.log.termAt(applied);
  if (term === undefined) return false;
  progress.force = false;
  becomeSnapshot(progress, applied);
  send(node, to, { type: 'snapshot', snapshot: { index: applied, term, config: node.config } });
  return true;
}

export function handleAppendResponse(node: Node, message: Of<'append-response'>): void {
  const progress = node.progress.get(message.from);
  if (!progress) return;
  hear(progress);
  if (message.refusal) {
    const { hintIndex, hintTerm, lost } = message.refusal;
    if (lost) {
      forgetMatch(progress, hintIndex, node.log.last);
      return;
    }
    // Skips the whole run of the leader's entries that are newer than what the follower has there.
    const hint = hintTerm > 0 ? node.log.lastNotAfter(hintIndex, hintTerm).index : hintIndex;
    recordRefusal(progress, message.index, hint);
    return;
  }
  const news = recordMatch(progress, message.index);
  if (!news && !(progress.state === 'probe' && message.index === progress.match && progress.match > 0)) return;
  if (progress.state === 'probe') becomeReplicate(progress);
  else if (progress.state === 'snapshot' && progress.match + 1 >= node.log.first) becomeReplicate(progress);
  maybeCommit(node);
  if (node.transferee === message.from && progress.match === node.log.last) finishTransfer(node);
}

function hear(progress: Progress): void {
  progress.recentActive = true;
  progress.silentTicks = 0;
}

export function handleHeartbeatResponse(node: Node, message: Of<'heartbeat-response'>): void {
  const progress = node.progress.get(message.from);
  if (!progress) return;
  hear(progress);
  // Reads ask for many rounds in one heartbeat interval: what was sent meanwhile is not lost just because they answer.
  if (progress.probedAtBeat === node.beat) return;
  progress.probedAtBeat = node.beat;
  if (node.transferee === message.from && progress.match === node.log.last) finishTransfer(node);
  progress.probeSent = false;
  const { maxInflightMessages: messages, maxInflightBytes: bytes } = node.options;
  if (progress.state === 'replicate' && isPaused(progress, { messages, bytes })) freeOldest(progress);
  // Alive and behind: what was sent may be lost, and an append shows it.
  if (progress.match < node.log.last && progress.state === 'replicate') progress.force = true;
}

export function handleAppend(node: Node, message: Of<'append'>): void {
  const { log } = node;
  const { from, prevIndex } = message;
  if (prevIndex < log.committed) {
    sendAfterPersist(node, from, { type: 'append-response', index: log.committed });
    return;
  }
  const lastNew = log.tryAppend(prevIndex, message.prevTerm, message.entries);
  if (lastNew !== undefined) {
    log.commitTo(Math.min(message.commit, lastNew));
    if (node.repair) node.repair.matched = lastNew;
    sendAfterPersist(node, from, { type: 'append-response', index: lastNew });
    return;
  }
  const hint = log.lastNotAfter(Math.min(prevIndex, log.last), message.prevTerm);
  const refusal = { hintIndex: hint.index, hintTerm: hint.term, ...(node.repair && { lost: true }) };
  sendAfterPersist(node, from, { type: 'append-response', index: prevIndex, refusal });
}

export function handleHeartbeat(node: Node, message: Of<'heartbeat'>): void {
  const { log, repair } = node;
  // The leader goes by what this member acknowledged; what it has lost of that must come before it is committed here.
  if (!repair) log.commitTo(message.commit);
  else if (repair.matched === 0) {
    const refusal = { hintIndex: log.committed, hintTerm: log.termAt(log.committed) ?? 0, lost: true };
    sendAfterPersist(node, message.from, { type: 'append-response', index: log.last, refusal });
  }
  send(node, message.from, { type: 'heartbeat-response', readRound: message.readRound });
}

/** The host has the snapshot's state in hand; the log follows it, unless it is ahead already. */
export function handleSnapshot(node: Node, message: Of<'snapshot'>): void {
  const { log } = node;
  const { snapshot, from } = message;
  if (snapshot.index > log.committed) {
    if (log.matches(snapshot.index, snapshot.term)) log.commitTo(snapshot.index);
    else {
      log.restore(snapshot);
      node.config = snapshot.config;
      node.snapshot = snapshot;
      node.handedConfigs = [];
      if (node.repair) node.repair.matched = snapshot.index;
      becomeFollower(node, node.term, from);
    }
  }
  sendAfterPersist(node, from, { type: 'append-response', index: log.committed });
}
