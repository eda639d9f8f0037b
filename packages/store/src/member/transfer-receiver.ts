import { type Bytes, messageOf } from '@trireme/base';
import type { Logger } from '@trireme/ports';
import { isWhole, type NamedRecord, readHead } from '../mvcc/index.ts';
import type { Message } from '../raft/index.ts';
import type { Checkpoints, StatePlace } from './checkpoints.ts';
import { type IncomingState, openIncoming } from './incoming-state.ts';
import type { StateLevel } from './level-reads.ts';
import { decodeMeta, type StateMeta } from './meta-codec.ts';
import type { PeerMessage, SnapshotAck, SnapshotOffer, SnapshotPart } from './peer-codec.ts';

export interface TransferReceiverDeps {
  readonly level: StateLevel;
  readonly checkpoints: Checkpoints;
  readonly logger: Logger;
  readonly send: (to: number, message: PeerMessage) => void;
  /** This member's own state is not to be trusted, so that of the other one must come whole. */
  readonly isFresh: () => boolean;
  /** All of a state is on the disk. Resolves when consensus was told. */
  readonly complete: (place: StatePlace, message: Message) => Promise<void>;
}

/**
 * Takes another member's whole state and puts it on the disk part by part, beside the present one. What was received stays
 * when the sender, or this member, goes: the next transfer goes on from there.
 */
export interface TransferReceiver {
  receive(from: number, message: SnapshotOffer | SnapshotPart): void;
  tick(): void;
  readonly isBusy: boolean;
  /** What is coming stands for the log up to here; Infinity where nothing is. */
  readonly index: number;
  /** Resolves when nothing is being written any more. */
  stop(): Promise<void>;
}

export function createTransferReceiver(deps: TransferReceiverDeps): TransferReceiver {
  let current: Receiving | undefined;
  /** Writes of one transfer end before those of the next begin. */
  let tail: Promise<void> = Promise.resolve();

  const refuse = (to: number, transfer: number): void =>
    deps.send(to, { type: 'snapshot-ack', transfer, parts: 0, state: 'refused' });
  const begin = (from: number, offer: SnapshotOffer): void => {
    const receiving = new Receiving(deps, from, offer);
    current?.stop();
    current = receiving;
    tail = tail.then(() => receiving.run());
  };

  return {
    receive(from, message) {
      const known = current?.from === from && current.transfer === message.transfer ? current : undefined;
      if (message.type === 'snapshot-part') {
        if (known) known.take(message);
        else refuse(from, message.transfer);
      } else if (known) known.repeatWant();
      // The leader of an older term sends in vain.
      else if (current && !current.ended && message.message.term < current.term) refuse(from, message.transfer);
      else if (!isKnownFormat(message)) refuse(from, message.transfer);
      else begin(from, message);
    },
    tick: () => current?.tick(),
    get isBusy() {
      return current !== undefined && !current.ended;
    },
    get index() {
      return current && !current.ended ? current.index : Number.POSITIVE_INFINITY;
    },
    stop() {
      current?.stop();
      return tail;
    },
  };
}

/** A sender of a newer version may have a state that this one cannot read. */
function isKnownFormat({ meta }: SnapshotOffer): boolean {
  try {
    decodeMeta(meta);
    return true;
  } catch {
    return false;
  }
}

class Receiving {
  readonly from: number;
  readonly transfer: number;
  readonly term: number;
  ended = false;
  readonly #deps: TransferReceiverDeps;
  readonly #message: Message;
  readonly #meta: StateMeta;
  readonly #isSwept: boolean;
  #incoming: IncomingState | undefined;
  /** Taken in order and not written yet. */
  #waiting: SnapshotPart[] = [];
  #expected = 0;
  #written = 0;
  #state: SnapshotAck['state'] = 'going';
  #wake: (() => void) | undefined;
  #stopped = false;

  constructor(deps: TransferReceiverDeps, from: number, offer: SnapshotOffer) {
    this.#deps = deps;
    this.from = from;
    this.transfer = offer.transfer;
    this.term = offer.message.term;
    this.#message = offer.message;
    this.#meta = decodeMeta(offer.meta);
    this.#isSwept = offer.isSwept;
  }

  async run(): Promise<void> {
    try {
      if (this.#stopped) return;
      this.#incoming = await openIncoming(this.#deps, this.#meta, this.#isSwept, this.#deps.isFresh());
      this.repeatWant();
      let isLast = false;
      while (!isLast && !this.#stopped) isLast = await this.#writeNext();
      if (this.#stopped) return;
      const { generation } = this.#incoming;
      await this.#deps.complete({ generation, meta: this.#meta }, this.#message);
      this.#state = 'done';
    } catch (error) {
      this.#state = 'refused';
      this.#deps.logger.log('warn', "another member's state could not be taken; it is sent again", {
        from: this.from,
        error: messageOf(error),
      });
    } finally {
      this.ended = true;
      if (!this.#stopped) this.#acknowledge();
    }
  }

  take(part: SnapshotPart): void {
    // One that was sent again, because its acknowledgement was lost, is acknowledged again and not taken twice. One that
    // came too early comes again.
    if (part.part !== this.#expected || this.ended) {
      this.#acknowledge();
      return;
    }
    this.#expected += 1;
    this.#waiting.push(part);
    this.#wake?.();
  }

  get index(): number {
    return this.#meta.replica.index;
  }

  repeatWant(): void {
    if (!this.#incoming) return;
    const { after, archivedAfter } = this.#incoming;
    const want = { after: [after.revision, after.sub] as const, archivedAfter };
    this.#deps.send(this.from, { type: 'snapshot-want', transfer: this.transfer, ...want });
  }

  /** The sender hears that this member is at work, while it puts a large state together. */
  tick(): void {
    if (this.#incoming && !this.ended && this.#written > 0) this.#acknowledge();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  /** True when that was the last part. */
  async #writeNext(): Promise<boolean> {
    const part = this.#waiting.shift();
    if (!part) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      return false;
    }
    const records = part.records.map(nameOf);
    const { supersededBy } = part;
    if (supersededBy)
      await this.#deps.checkpoints.putArchived(
        records.map((record, i) => ({ supersededBy: supersededBy[i] ?? 0, record })),
      );
    else if (records.length > 0) await this.#incoming?.put(records);
    this.#written += 1;
    this.#acknowledge();
    return part.isLast;
  }

  #acknowledge(): void {
    const { transfer } = this;
    const message = { type: 'snapshot-ack', transfer, parts: this.#written, state: this.#state } as const;
    this.#deps.send(this.from, message);
  }
}

function nameOf(record: Bytes): NamedRecord {
  const head = readHead(record);
  if (!head || !isWhole(record, head)) throw new Error('a record came damaged');
  return { revision: head.modRevision, sub: head.sub, record };
}
