import type { Bytes } from '@trireme/base';
import type { Clock } from '@trireme/ports';
import type { KeySpace, Version } from '../mvcc/index.ts';
import type { Message } from '../raft/index.ts';
import type { PeerMessage, SnapshotPart } from './peer-codec.ts';
import { decodeMeta, decodeVersions, encodeMeta, encodeVersions, type StateMeta } from './version-codec.ts';

type SnapshotMessage = Message & { readonly type: 'snapshot' };

const partKeys = 512;
const partBytes = 256 << 10;
const resendMs = 2_000;
const giveUpMs = 30_000;

interface Sending {
  readonly transfer: number;
  readonly message: SnapshotMessage;
  readonly space: KeySpace;
  readonly meta: StateMeta;
  part: number;
  current: SnapshotPart;
  after: string | undefined;
  sentMs: number;
  heardMs: number;
}

/**
 * Sends a member's whole state to a follower that is too far behind for the log: in parts, each after the one before was
 * acknowledged, read from the live key space at one revision. While any transfer runs, nothing may be swept.
 */
export interface SnapshotSender {
  /** Called in the very moment that `meta` describes the space. */
  start(message: SnapshotMessage, space: KeySpace, meta: StateMeta): void;
  acknowledged(from: number, transfer: number, part: number, accepted: boolean): void;
  tick(): void;
  readonly active: boolean;
}

export function createSnapshotSender(deps: {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Transfers of different lives of one member must not be taken for each other. */
  readonly incarnation: number;
  readonly send: (to: number, message: PeerMessage) => void;
  /** How it ended, for consensus. */
  readonly ended: (to: number, arrived: boolean) => void;
}): SnapshotSender {
  const sendings = new Map<number, Sending>();
  let lastTransfer = deps.incarnation * 0x10_0000;

  const nextPart = (sending: Pick<Sending, 'space' | 'meta' | 'message' | 'transfer' | 'part' | 'after'>) => {
    const { space, meta, message, transfer, part, after } = sending;
    const { revision, compactRevision } = meta.space;
    const bounds = { revision, compactRevision, maxKeys: partKeys, maxBytes: partBytes };
    const { versions, last } = space.exportAfter(after, bounds);
    const current: SnapshotPart = {
      type: 'snapshot-part',
      transfer,
      part,
      versions: encodeVersions(versions),
      last: last === undefined ? { meta: encodeMeta(meta), message } : undefined,
    };
    return { current, after: last };
  };
  const post = (to: number, sending: Sending): void => {
    sending.sentMs = deps.clock.monotonic();
    deps.send(to, sending.current);
  };
  const end = (to: number, arrived: boolean): void => {
    sendings.delete(to);
    deps.ended(to, arrived);
  };

  return {
    get active() {
      return sendings.size > 0;
    },
    start(message, space, meta) {
      const now = deps.clock.monotonic();
      const base = { transfer: ++lastTransfer, message, space, meta, part: 0, after: undefined };
      const sending: Sending = { ...base, ...nextPart(base), sentMs: now, heardMs: now };
      sendings.set(message.to, sending);
      post(message.to, sending);
    },
    acknowledged(from, transfer, part, accepted) {
      const sending = sendings.get(from);
      if (!sending || sending.transfer !== transfer || sending.part !== part) return;
      if (!accepted || sending.current.last) {
        end(from, accepted);
        return;
      }
      sending.heardMs = deps.clock.monotonic();
      sending.part += 1;
      Object.assign(sending, nextPart(sending));
      post(from, sending);
    },
    tick() {
      const now = deps.clock.monotonic();
      for (const [to, sending] of [...sendings]) {
        if (now - sending.heardMs >= giveUpMs) end(to, false);
        else if (now - sending.sentMs >= resendMs) post(to, sending);
      }
    },
  };
}

/** A whole state, received. */
export interface ReceivedState {
  readonly message: SnapshotMessage;
  readonly meta: StateMeta;
  readonly versions: readonly Version[];
}

export interface SnapshotReceiver {
  /** Takes a part, and returns the state when that was the last one. */
  receive(from: number, part: SnapshotPart): ReceivedState | undefined;
}

export function createSnapshotReceiver(send: (to: number, message: PeerMessage) => void): SnapshotReceiver {
  let from = 0;
  let transfer = 0;
  let expected = 0;
  let versions: Version[] = [];
  const take = (bytes: Bytes): void => {
    for (const version of decodeVersions(bytes)) versions.push(version);
  };
  return {
    receive(sender, part) {
      if (part.part === 0 && (sender !== from || part.transfer !== transfer)) {
        from = sender;
        transfer = part.transfer;
        expected = 0;
        versions = [];
      }
      const known = sender === from && part.transfer === transfer;
      const accepted = known && part.part <= expected;
      send(sender, { type: 'snapshot-ack', transfer: part.transfer, part: part.part, accepted });
      // A part that was sent again, because its acknowledgement was lost, is acknowledged again and not taken twice.
      if (!accepted || part.part < expected) return undefined;
      expected += 1;
      take(part.versions);
      if (!part.last) return undefined;
      const state = { message: part.last.message as SnapshotMessage, meta: decodeMeta(part.last.meta), versions };
      versions = [];
      return state;
    },
  };
}
