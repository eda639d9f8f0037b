import { invariant } from '@trireme/base';
import type { Message } from '../raft/index.ts';
import type { StatePlace } from './checkpoints.ts';
import { createHousekeeping, type Housekeeping, type PreparedState } from './housekeeping.ts';
import { toStoredCopy } from './open-copy.ts';
import type { PeerMessage, SnapshotAck, SnapshotOffer, SnapshotPart, SnapshotWant } from './peer-codec.ts';
import type { StartState } from './start-up.ts';
import type { State } from './state.ts';
import type { StoredCopy } from './stored-copy.ts';
import { createTransferReceiver, type TransferReceiver } from './transfer-receiver.ts';
import { createTransferSender, type SnapshotMessage, type TransferSender } from './transfer-sender.ts';

export interface UpkeepWays {
  readonly send: (to: number, message: PeerMessage) => void;
  readonly wake: () => void;
  /** This member's own state is wrong, and another one is to take its place. */
  readonly wantsState: () => boolean;
  /** It has. */
  readonly replaced: () => void;
}

type TransferMessage = SnapshotOffer | SnapshotWant | SnapshotPart | SnapshotAck;

/** The state on disk and its ways between members: checkpoints, copies, and whole states sent and received. */
export class Upkeep {
  readonly #state: State;
  readonly #ways: UpkeepWays;
  readonly #housekeeping: Housekeeping;
  readonly #sender: TransferSender;
  readonly #receiver: TransferReceiver;
  /** Another member's state, ready to take this one's place when consensus says so. */
  #prepared: PreparedState | undefined;

  constructor(state: State, start: StartState, ways: UpkeepWays) {
    const { raft, log, replica, time, logger, options, incarnation } = state;
    const { level, checkpoints, superfluous, damage } = start;
    this.#state = state;
    this.#ways = ways;
    const neededBehind = (): number =>
      Math.min(this.#sender.lowestIndex, this.#slowestFollower(), this.#receiver.index);
    this.#housekeeping = createHousekeeping(
      { raft, log, replica, checkpoints, damage, timers: time, logger, superfluous, neededBehind },
      options,
    );
    this.#sender = createTransferSender({
      ...{
        time,
        logger,
        incarnation,
        bytesPerSecond: options.transferBytesPerSecond,
        partBytes: options.transferPartBytes,
        send: ways.send,
      },
      copy: () => this.#housekeeping.copy(),
      ended: (to, arrived) => {
        raft.reportSnapshot(to, arrived);
        ways.wake();
      },
    });
    this.#receiver = createTransferReceiver({
      ...{ level, checkpoints, logger, send: ways.send, isFresh: ways.wantsState },
      complete: (place, message) => this.#complete(place, message),
    });
  }

  get diskBytes(): number | undefined {
    return this.#housekeeping.diskBytes;
  }

  /** Looks whether something is due. Cheap. */
  check(): void {
    this.#housekeeping.check();
  }

  tick(): void {
    this.#sender.tick();
    this.#receiver.tick();
  }

  receive(from: number, message: TransferMessage): void {
    if (message.type === 'snapshot-offer' || message.type === 'snapshot-part') this.#receiver.receive(from, message);
    else this.#sender.receive(from, message);
  }

  sendState(message: SnapshotMessage): void {
    this.#sender.start(message);
  }

  /** A member whose own state is wrong asks for it; consensus knows nothing of that. */
  sendStateTo(to: number): void {
    const { raft, id } = this.#state;
    const { term, applied, config } = raft.status();
    if (this.#sender.isSending(to)) return;
    this.#sender.start({ from: id, to, term, type: 'snapshot', snapshot: { index: applied, term, config } });
  }

  get isReceiving(): boolean {
    return this.#receiver.isBusy;
  }

  /** This member does not lead any more: another one sends its state now. */
  stopSending(): void {
    this.#sender.stop();
  }

  /** Consensus has taken the state that was offered: it is this member's from now on. Resolves when it is on the disk. */
  install(): Promise<void> {
    const prepared = this.#prepared;
    invariant(prepared, 'a snapshot was taken whose state is not here');
    this.#prepared = undefined;
    const { replica, hub } = this.#state;
    const told = replica.space.revision;
    const installed = this.#housekeeping.install(prepared);
    hub.resync(told);
    this.#ways.replaced();
    return installed;
  }

  async openCopy(): Promise<StoredCopy> {
    return toStoredCopy(await this.#housekeeping.copy());
  }

  defragment(): Promise<void> {
    return this.#housekeeping.defragment();
  }

  async stop(): Promise<void> {
    this.#sender.stop();
    await this.#receiver.stop();
    await this.#housekeeping.stop();
  }

  async #complete(place: StatePlace, message: Message): Promise<void> {
    const take = (prepared: PreparedState): boolean => {
      const isTaken = this.#offer(prepared, message);
      this.#ways.wake();
      return isTaken;
    };
    if (!this.#ways.wantsState()) return this.#housekeeping.prepare(place, take);
    if ((await this.#housekeeping.mend(place, take)) === 'mended') this.#ways.replaced();
  }

  /** True where consensus has taken it. */
  #offer(prepared: PreparedState, message: Message): boolean {
    const { raft } = this.#state;
    this.#prepared = prepared;
    raft.step(message);
    // A log that has got there by itself meanwhile has no use for it.
    if (raft.status().first !== prepared.place.meta.replica.index + 1) this.#prepared = undefined;
    return this.#prepared !== undefined;
  }

  #slowestFollower(): number {
    const { role, id, progress } = this.#state.raft.status();
    let slowest = Number.POSITIVE_INFINITY;
    if (role !== 'leader') return slowest;
    for (const [member, { match, recentActive, state }] of progress)
      if (member !== id && recentActive && state === 'replicate') slowest = Math.min(slowest, match);
    return slowest;
  }
}
