import { type Bytes, createDeferred, type Deferred, messageOf } from '@trireme/base';
import type { Logger, Time } from '@trireme/ports';
import type { Message } from '../raft/index.ts';
import { encodeMeta } from './meta-codec.ts';
import type { PeerMessage, SnapshotAck, SnapshotOffer, SnapshotPart, SnapshotWant } from './peer-codec.ts';
import type { StateCopy } from './state-copy.ts';
import { createTransferRate, type TransferRate } from './transfer-rate.ts';

export type SnapshotMessage = Message & { readonly type: 'snapshot' };

/** Parts on their way. */
const windowParts = 8;
const resendMs = 1_000;
/** Nothing was heard for so long: the receiver is gone. */
const silentMs = 30_000;
/** What takes longer than this holds a copy of the database for too long. The receiver goes on from where it was. */
const longestMs = 15 * 60_000;

export interface TransferSenderDeps {
  readonly time: Time;
  readonly logger: Logger;
  /** Transfers of different lives of one member must not be taken for each other. */
  readonly incarnation: number;
  readonly bytesPerSecond: number;
  readonly partBytes: number;
  readonly send: (to: number, message: PeerMessage) => void;
  /** A copy of this member's stored state, not older than the call. */
  readonly copy: () => Promise<StateCopy>;
  /** How it ended, for consensus. */
  readonly ended: (to: number, arrived: boolean) => void;
}

/**
 * Sends members that are too far behind for the log this one's whole state, read from the disk as of a checkpoint while
 * writes go on. Any number at once; together they keep to a rate.
 */
export interface TransferSender {
  /** Consensus wants the member to have a state that is not older than now. */
  start(message: SnapshotMessage): void;
  isSending(to: number): boolean;
  receive(from: number, message: SnapshotWant | SnapshotAck): void;
  tick(): void;
  /** The lowest index that a running transfer stands for; Infinity where none runs. */
  readonly lowestIndex: number;
  /** Ends all of them: this member does not lead any more, or stops. */
  stop(): void;
}

export function createTransferSender(deps: TransferSenderDeps): TransferSender {
  const sendings = new Map<number, Sending>();
  const rate = createTransferRate(deps.time, deps.bytesPerSecond);
  let lastTransfer = deps.incarnation * 0x10_0000;

  const end = (sending: Sending, arrived: boolean): void => {
    if (sendings.get(sending.to) !== sending) return;
    sendings.delete(sending.to);
    sending.stop();
    deps.ended(sending.to, arrived);
  };

  return {
    get lowestIndex() {
      let lowest = Number.POSITIVE_INFINITY;
      for (const { index } of sendings.values()) lowest = Math.min(lowest, index);
      return lowest;
    },
    isSending: (to) => sendings.has(to),
    start(message) {
      sendings.get(message.to)?.stop();
      const sending = new Sending(deps, rate, message, ++lastTransfer);
      sendings.set(message.to, sending);
      sending.run().then(
        () => end(sending, true),
        (error: unknown) => {
          if (sendings.get(sending.to) === sending)
            deps.logger.log('warn', 'the state could not be sent to a member', {
              to: sending.to,
              error: messageOf(error),
            });
          end(sending, false);
        },
      );
    },
    receive(from, message) {
      const sending = sendings.get(from);
      if (sending?.transfer === message.transfer) sending.receive(message);
    },
    tick() {
      for (const sending of [...sendings.values()]) sending.tick();
    },
    stop() {
      for (const sending of [...sendings.values()]) end(sending, false);
    },
  };
}

/** One transfer to one member. */
class Sending {
  readonly to: number;
  readonly transfer: number;
  /** The state stands for the log up to here; at first for what was applied when it was asked for. */
  index: number;
  readonly #deps: TransferSenderDeps;
  readonly #rate: TransferRate;
  readonly #message: SnapshotMessage;
  readonly #startedMs: number;
  #offer: SnapshotOffer | undefined;
  readonly #want: Deferred<SnapshotWant> = createDeferred();
  readonly #done: Deferred<void> = createDeferred();
  /** Sent and not acknowledged yet, in order. */
  #window: SnapshotPart[] = [];
  #last: SnapshotPart | undefined;
  #nextPart = 0;
  #room: Deferred<void> | undefined;
  #sentMs: number;
  #heardMs: number;
  #error: Error | undefined;

  constructor(deps: TransferSenderDeps, rate: TransferRate, message: SnapshotMessage, transfer: number) {
    this.to = message.to;
    this.index = message.snapshot.index;
    this.transfer = transfer;
    this.#deps = deps;
    this.#rate = rate;
    this.#message = message;
    this.#startedMs = this.#sentMs = this.#heardMs = deps.time.monotonic();
    // They are looked at when their turn comes; until then a failure is not nobody's.
    this.#want.promise.catch(() => undefined);
    this.#done.promise.catch(() => undefined);
  }

  async run(): Promise<void> {
    const copy = await this.#deps.copy();
    try {
      this.#check();
      const { index, term, config } = copy.meta.replica;
      this.index = index;
      const message: Message = { ...this.#message, snapshot: { index, term, config } };
      this.#offer = {
        type: 'snapshot-offer',
        transfer: this.transfer,
        meta: encodeMeta(copy.meta),
        isSwept: copy.isSwept,
        message,
      };
      this.#post(this.#offer);
      const { after, archivedAfter } = await this.#want.promise;
      await this.#sendRecords(copy, { revision: after[0], sub: after[1] });
      await this.#sendArchive(copy, archivedAfter);
      await this.#sendPart({ records: [], isLast: true });
      await this.#done.promise;
    } finally {
      await copy.release();
    }
  }

  receive(message: SnapshotWant | SnapshotAck): void {
    this.#heardMs = this.#deps.time.monotonic();
    if (message.type === 'snapshot-want') {
      this.#want.resolve(message);
      return;
    }
    if (message.state === 'refused') {
      this.#fail('the receiver refused it');
      return;
    }
    const before = this.#window.length;
    this.#window = this.#window.filter(({ part }) => part >= message.parts);
    if (this.#window.length < before) {
      this.#sentMs = this.#heardMs;
      this.#room?.resolve();
    }
    if (message.state === 'done') this.#done.resolve();
  }

  tick(): void {
    const now = this.#deps.time.monotonic();
    if (now - this.#heardMs >= silentMs) this.#fail('the receiver was not heard any more');
    else if (now - this.#startedMs >= longestMs) this.#fail('it took too long; it is begun anew from where it was');
    else if (now - this.#sentMs >= resendMs) this.#resend();
  }

  stop(): void {
    this.#fail('it was given up');
  }

  #resend(): void {
    if (this.#offer && this.#nextPart === 0) this.#post(this.#offer);
    for (const part of this.#window) this.#post(part);
    // Everything was taken, and the word that it is done may be lost.
    if (this.#last && this.#window.length === 0) this.#post(this.#last);
  }

  #fail(why: string): void {
    this.#error ??= new Error(why);
    this.#want.reject(this.#error);
    this.#done.reject(this.#error);
    this.#room?.resolve();
  }

  #check(): void {
    if (this.#error) throw this.#error;
  }

  async #sendRecords(copy: StateCopy, after: { readonly revision: number; readonly sub: number }): Promise<void> {
    let records: Bytes[] = [];
    let bytes = 0;
    for await (const batch of copy.records(after)) {
      for (const { record } of batch) {
        records.push(record);
        bytes += record.length;
        if (bytes < this.#deps.partBytes) continue;
        await this.#sendPart({ records, isLast: false }, bytes);
        records = [];
        bytes = 0;
      }
      this.#check();
    }
    if (records.length > 0) await this.#sendPart({ records, isLast: false }, bytes);
  }

  async #sendArchive(copy: StateCopy, after: number): Promise<void> {
    let records: Bytes[] = [];
    let supersededBy: number[] = [];
    let bytes = 0;
    for await (const batch of copy.archived(after)) {
      for (const archived of batch) {
        records.push(archived.record.record);
        supersededBy.push(archived.supersededBy);
        bytes += archived.record.record.length;
        if (bytes < this.#deps.partBytes) continue;
        await this.#sendPart({ records, supersededBy, isLast: false }, bytes);
        records = [];
        supersededBy = [];
        bytes = 0;
      }
      this.#check();
    }
    if (records.length > 0) await this.#sendPart({ records, supersededBy, isLast: false }, bytes);
  }

  async #sendPart(content: Pick<SnapshotPart, 'records' | 'supersededBy' | 'isLast'>, bytes = 0): Promise<void> {
    await this.#rate.take(bytes);
    while (this.#window.length >= windowParts && !this.#error) {
      this.#room = createDeferred();
      await this.#room.promise;
    }
    this.#check();
    const part: SnapshotPart = { type: 'snapshot-part', transfer: this.transfer, part: this.#nextPart++, ...content };
    this.#window.push(part);
    if (part.isLast) this.#last = part;
    this.#post(part);
  }

  #post(message: PeerMessage): void {
    this.#sentMs = this.#deps.time.monotonic();
    this.#deps.send(this.to, message);
  }
}
