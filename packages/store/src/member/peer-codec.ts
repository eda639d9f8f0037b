import type { Bytes } from '@trireme/base';
import { Packr } from 'msgpackr';
import { packEntry, unpackEntry } from '../log/index.ts';
import type { Message } from '../raft/index.ts';

/** What members say to each other: consensus, and what their hosts need beside it. */
export type PeerMessage =
  | { readonly type: 'raft'; readonly message: Message }
  /** Requests for the leader's log, encoded. */
  | { readonly type: 'forward'; readonly data: Bytes }
  /** The leader will not take these requests; they were not and will not be applied because of this sending. */
  | { readonly type: 'refuse'; readonly sequences: readonly number[]; readonly code: string }
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly body: unknown }
  | {
      readonly type: 'answer';
      readonly id: number;
      readonly body?: unknown;
      readonly error?: readonly [string, string];
    }
  /** You were removed from this cluster, as I have applied; these vote now. */
  | { readonly type: 'removed'; readonly voters: readonly number[] }
  /** I may have been removed: say so if you know it. */
  | { readonly type: 'leaving' }
  | SnapshotOffer
  | SnapshotWant
  /** My log was damaged, and is not whole again yet. */
  | { readonly type: 'repairing' }
  | SnapshotPart
  | SnapshotAck
  /** My key space is damaged: send me yours. */
  | { readonly type: 'want-state' }
  | HashAsk
  | HashAnswer;

/** What is your key space's hash at this revision, once you have applied this entry? */
export interface HashAsk {
  readonly type: 'hash-ask';
  /** How it is made. Who makes it otherwise does not answer. */
  readonly format: number;
  readonly round: number;
  readonly index: number;
  readonly revision: number;
}

export interface HashAnswer {
  readonly type: 'hash-answer';
  readonly round: number;
  /** `lacks`: that revision is not here, though the entry was applied. */
  readonly hash: number | 'lacks';
  readonly compactRevision: number;
}

/** The sender has a whole state for a member that is too far behind for the log. */
export interface SnapshotOffer {
  readonly type: 'snapshot-offer';
  readonly transfer: number;
  /** All but the versions, encoded. */
  readonly meta: Bytes;
  /** It holds nothing that compaction has made superfluous. */
  readonly isSwept: boolean;
  /** What consensus is told when all of it is there. */
  readonly message: Message;
}

/** The receiver has everything of it up to here, and wants the rest. */
export interface SnapshotWant {
  readonly type: 'snapshot-want';
  readonly transfer: number;
  /** [revision, sub] of the last version that it has. */
  readonly after: readonly [number, number];
  /** It has what was superseded up to this revision. */
  readonly archivedAfter: number;
}

export interface SnapshotPart {
  readonly type: 'snapshot-part';
  readonly transfer: number;
  /** From 0. Parts are taken in order. */
  readonly part: number;
  readonly records: readonly Bytes[];
  /** The records are archived ones: by which revisions they were superseded. */
  readonly supersededBy?: readonly number[] | undefined;
  readonly isLast: boolean;
}

export interface SnapshotAck {
  readonly type: 'snapshot-ack';
  readonly transfer: number;
  /** So many parts were taken. */
  readonly parts: number;
  /** `done`: consensus was told. `refused`: nothing of this transfer is wanted any more. */
  readonly state: 'going' | 'done' | 'refused';
}

const packr = new Packr({ useRecords: false, int64AsType: 'bigint', encodeUndefinedAsNil: false });

/** One frame may carry several messages: all that a turn has for one member. */
export function encodeFrame(messages: readonly PeerMessage[]): Bytes {
  return packr.pack(messages.map(packMessage));
}

/** Throws where the frame is not one of ours. */
export function decodeFrame(frame: Bytes): readonly PeerMessage[] {
  return (packr.unpack(frame) as unknown[]).map(unpackMessage);
}

/** Appends are most of the traffic and are packed tight; the rest is rare, and packed as it is. */
function packMessage(peerMessage: PeerMessage): unknown {
  if (peerMessage.type !== 'raft') return peerMessage;
  const { message } = peerMessage;
  const head = [message.from, message.to, message.term];
  if (message.type === 'append')
    return [1, ...head, message.prevIndex, message.prevTerm, message.commit, message.entries.map(packEntry)];
  if (message.type === 'append-response' && !message.refusal) return [2, ...head, message.index];
  if (message.type === 'heartbeat') return [3, ...head, message.commit, message.readRound];
  if (message.type === 'heartbeat-response') return [4, ...head, message.readRound];
  return [0, message];
}

function unpackMessage(packed: unknown): PeerMessage {
  if (!Array.isArray(packed)) return packed as PeerMessage;
  return { type: 'raft', message: unpackRaft(packed) };
}

function unpackRaft(packed: readonly unknown[]): Message {
  if (packed[0] === 0) return packed[1] as Message;
  const [kind, from, to, term, a, b, commit, entries] = packed as number[];
  const head = { from, to, term } as { from: number; to: number; term: number };
  switch (kind) {
    case 1: {
      const unpacked = (entries as unknown as Parameters<typeof unpackEntry>[0][]).map(unpackEntry);
      return { ...head, type: 'append', prevIndex: a, prevTerm: b, commit, entries: unpacked } as Message;
    }
    case 2:
      return { ...head, type: 'append-response', index: a } as Message;
    case 3:
      return { ...head, type: 'heartbeat', commit: a, readRound: b } as Message;
    case 4:
      return { ...head, type: 'heartbeat-response', readRound: a } as Message;
    default:
      throw new Error(`a peer sent a message of unknown kind ${String(kind)}; is it of a newer version?`);
  }
}
