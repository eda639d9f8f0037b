import type { LogIndex } from './types.ts';

/**
 * What the leader knows of a follower's log. `probe`: one append at a time, to find where the logs agree. `replicate`:
 * appends are pipelined inside a window. `snapshot`: nothing is sent until the snapshot has arrived or failed.
 * Invariant: match < next.
 */
export interface Progress {
  state: 'probe' | 'replicate' | 'snapshot';
  /** Known to be on the follower's disk. */
  match: LogIndex;
  /** The next entry to send. */
  next: LogIndex;
  /** In `snapshot`: the index the follower will be at. */
  pendingSnapshot: LogIndex;
  /** In `probe`: an append is out and unanswered. */
  probeSent: boolean;
  /** Something was heard since the last look of check-quorum. */
  recentActive: boolean;
  /** Ticks since anything was heard. */
  silentTicks: number;
  /** The heartbeat at which an append was last sent only to find out what was lost. */
  probedAtBeat: number;
  /** The highest commit index the follower was told. */
  sentCommit: LogIndex;
  /** Send an append even if there is nothing new: it finds out what was lost. */
  force: boolean;
  /** Last index and size of every append in the window, oldest first. */
  readonly inflight: { index: LogIndex; bytes: number }[];
  inflightBytes: number;
}

export interface WindowLimits {
  readonly messages: number;
  readonly bytes: number;
}

export function createProgress(next: LogIndex): Progress {
  return {
    state: 'probe',
    match: 0,
    next,
    pendingSnapshot: 0,
    probeSent: false,
    recentActive: false,
    silentTicks: 0,
    probedAtBeat: 0,
    sentCommit: 0,
    force: false,
    inflight: [],
    inflightBytes: 0,
  };
}

function reset(progress: Progress, state: Progress['state']): void {
  progress.state = state;
  progress.probeSent = false;
  progress.pendingSnapshot = 0;
  progress.inflight.length = 0;
  progress.inflightBytes = 0;
}

export function becomeProbe(progress: Progress): void {
  // After a snapshot was sent, go on behind it: it may have arrived although nobody said so.
  const next = progress.state === 'snapshot' ? Math.max(progress.match, progress.pendingSnapshot) : progress.match;
  reset(progress, 'probe');
  progress.next = next + 1;
  progress.sentCommit = Math.min(progress.sentCommit, progress.match);
  progress.force = true;
}

export function becomeReplicate(progress: Progress): void {
  reset(progress, 'replicate');
  progress.next = progress.match + 1;
}

export function becomeSnapshot(progress: Progress, index: LogIndex): void {
  reset(progress, 'snapshot');
  progress.pendingSnapshot = index;
  progress.next = index + 1;
}

export function isPaused(progress: Progress, limits: WindowLimits): boolean {
  if (progress.state === 'probe') return progress.probeSent;
  if (progress.state === 'snapshot') return true;
  return progress.inflight.length >= limits.messages || progress.inflightBytes >= limits.bytes;
}

export function recordSent(progress: Progress, lastIndex: LogIndex, bytes: number, isEmpty: boolean): void {
  progress.force = false;
  if (progress.state === 'probe') progress.probeSent = true;
  if (progress.state !== 'replicate' || isEmpty) return;
  progress.next = lastIndex + 1;
  progress.inflight.push({ index: lastIndex, bytes });
  progress.inflightBytes += bytes;
}

/** Takes a follower's word. Returns whether it said anything new. */
export function recordMatch(progress: Progress, index: LogIndex): boolean {
  let done = 0;
  while (done < progress.inflight.length && (progress.inflight[done] as { index: LogIndex }).index <= index) {
    progress.inflightBytes -= (progress.inflight[done] as { bytes: number }).bytes;
    done += 1;
  }
  if (done > 0) progress.inflight.splice(0, done);
  progress.next = Math.max(progress.next, index + 1);
  if (index <= progress.match) return false;
  progress.match = index;
  progress.probeSent = false;
  return true;
}

/** The follower's disk lost what it had acknowledged: start over behind what it still has. */
export function forgetMatch(progress: Progress, hint: LogIndex, last: LogIndex): void {
  progress.match = 0;
  // A snapshot is on its way, and will do.
  if (progress.state === 'snapshot') return;
  becomeProbe(progress);
  progress.sentCommit = 0;
  progress.next = Math.min(hint, last) + 1;
}

/** Makes room for one append, so that a window whose appends were all lost does not stay shut. */
export function freeOldest(progress: Progress): void {
  const oldest = progress.inflight.shift();
  if (oldest) progress.inflightBytes -= oldest.bytes;
}

/** Takes a refusal of `refused`. Returns false where it is stale, and nothing is to be done. */
export function recordRefusal(progress: Progress, refused: LogIndex, hint: LogIndex): boolean {
  if (progress.state === 'replicate') {
    if (refused <= progress.match) return false;
    becomeProbe(progress);
    progress.next = progress.match + 1;
    return true;
  }
  // A probe is answered before the next one goes out, so any other refusal is an old one.
  if (progress.next - 1 !== refused) return false;
  progress.next = Math.max(Math.min(refused, hint + 1), progress.match + 1);
  progress.probeSent = false;
  progress.force = true;
  return true;
}
