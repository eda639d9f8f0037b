import { messageOf } from '@trireme/base';
import { type Logger, sleep, type Timers } from '@trireme/ports';
import type { WriteAheadLog } from '../log/index.ts';
import type { GoneVersion } from '../mvcc/index.ts';
import type { Raft } from '../raft/index.ts';
import { createCatchUp } from './catch-up.ts';
import type { BuiltSpace, Checkpoints, StatePlace } from './checkpoints.ts';
import type { Damage } from './damage.ts';
import type { StateMeta } from './meta-codec.ts';
import type { Replica } from './replica.ts';
import type { StateCopy } from './state-copy.ts';

export interface HousekeepingDeps {
  readonly raft: Raft;
  readonly log: WriteAheadLog;
  readonly replica: Replica;
  readonly checkpoints: Checkpoints;
  readonly damage: Damage;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Stored versions that were superfluous already when this member started. */
  readonly superfluous: readonly GoneVersion[];
  /** Followers that are catching up need the log behind this index; Infinity: none does. */
  readonly neededBehind: () => number;
}

export interface HousekeepingOptions {
  /** A checkpoint is made when this many entries were applied since the last one. */
  readonly checkpointEntries: number;
  /** Or when they are of so many bytes. */
  readonly checkpointBytes: number;
  /** Entries kept in the log behind a checkpoint, for followers that lag, and their bytes at most. */
  readonly keepEntries: number;
  readonly keepBytes: number;
  /** The same for followers that are catching up. */
  readonly catchUpBytes: number;
  readonly retentionMs: number;
  readonly valueCacheBytes: number;
}

/** Another member's state, put together beside this one's. */
export interface PreparedState extends BuiltSpace {
  readonly place: StatePlace;
}

/** The state on disk, kept near the one in memory and off the way of writes. One thing at a time. */
export interface Housekeeping {
  /** On the disk, as far as that is known. */
  readonly diskBytes: number | undefined;
  /** Looks whether something is due. Cheap; called after every turn that applied something. */
  check(): void;
  /** Makes a checkpoint, and a copy of it. */
  copy(): Promise<StateCopy>;
  /** Puts a state that was received together, while the present one is in use; `ready` is called before anything else is done. */
  prepare(place: StatePlace, ready: (prepared: PreparedState) => void): Promise<void>;
  /** Goes over to a prepared state at once; resolves when it is this member's on the disk too. */
  install(prepared: PreparedState): Promise<void>;
  /**
   * Goes over to a state in place of the present one, which is wrong: what was applied since is applied to it again. `take`:
   * true where consensus has taken it, which then installs it. Throws, having changed nothing, where the log is too short.
   */
  mend(place: StatePlace, take: (prepared: PreparedState) => boolean): Promise<'mended' | 'taken'>;
  defragment(): Promise<void>;
  stop(): Promise<void>;
}

const sweepVersions = 1000;
const retryMs = 1_000;

export function createHousekeeping(deps: HousekeepingDeps, options: HousekeepingOptions): Housekeeping {
  return new Keeper(deps, options);
}

class Keeper implements Housekeeping {
  readonly #deps: HousekeepingDeps;
  readonly #options: HousekeepingOptions;
  readonly #archives: boolean;
  #tail: Promise<void> = Promise.resolve();
  #busy = false;
  #stopped = false;
  #installing = 0;
  /** Bytes of entries that had been applied at the last checkpoint. */
  #appliedBytes = 0;
  #superfluous: readonly GoneVersion[];
  #archiveCleared = -1;
  diskBytes: number | undefined;

  constructor(deps: HousekeepingDeps, options: HousekeepingOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#archives = options.retentionMs > 0;
    this.#superfluous = deps.superfluous;
  }

  check(): void {
    // While a state is being installed nothing can be done, and what is due would be found due again at once, for ever.
    if (this.#busy || this.#stopped || this.#installing > 0 || !this.#isDue()) return;
    const { logger, timers } = this.#deps;
    this.#busy = true;
    this.#inTurn(() => this.#keep()).then(
      () => {
        this.#busy = false;
        this.check();
      },
      (error: unknown) => {
        // The log still has everything; only a restart would take longer until it works again.
        logger.log('warn', 'the state could not be written to disk; it is tried again', { error: messageOf(error) });
        timers.after(retryMs, () => {
          this.#busy = false;
          this.check();
        });
      },
    );
  }

  copy(): Promise<StateCopy> {
    return this.#inTurn(async () => {
      await this.#checkpoint();
      if (this.#deps.replica.isHalted) throw new Error('this member has no whole state to copy');
      const isSwept = this.#installing === 0 && this.#superfluous.length === 0 && this.#deps.replica.space.isSwept;
      return this.#deps.checkpoints.copy(isSwept);
    });
  }

  prepare(place: StatePlace, ready: (prepared: PreparedState) => void): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#stopped) return;
      const built = await this.#deps.checkpoints.build(place, { cacheBytes: this.#options.valueCacheBytes });
      ready({ ...built, place });
    });
  }

  install(prepared: PreparedState): Promise<void> {
    const { replica, checkpoints } = this.#deps;
    replica.replace(prepared.place.meta.replica, prepared.space);
    // Until the disk has gone over too, a checkpoint would write the new state beside the old one.
    this.#installing += 1;
    return this.#inTurn(async () => {
      try {
        await checkpoints.commit(prepared.place);
      } catch (error) {
        // Memory and disk are of two states now: nothing may be written any more, and the member stops.
        this.#stopped = true;
        throw error;
      }
      this.#installing -= 1;
      this.#superfluous = prepared.gone;
      this.check();
    });
  }

  mend(place: StatePlace, take: (prepared: PreparedState) => boolean): Promise<'mended' | 'taken'> {
    const { checkpoints, damage, replica, raft, timers } = this.#deps;
    return this.#inTurn(async () => {
      // It was begun before this member knew of the damage, and goes on from what is here.
      if (place.generation === checkpoints.generation)
        throw new Error('a part of what came was taken from this member');
      damage.clear();
      const built = await checkpoints.build(place, { cacheBytes: this.#options.valueCacheBytes });
      if (damage.size > 0) {
        await checkpoints.clearGeneration(place.generation);
        throw new Error('what was just written to the disk is damaged there already');
      }
      if (take({ ...built, place })) return 'taken';
      const catchUp = createCatchUp({ raft, timers }, place.meta.replica, built.space);
      await catchUp.run();
      await this.#commit(place);
      catchUp.takeOver(replica);
      this.#superfluous = built.gone;
      return 'mended';
    });
  }

  async #commit(place: StatePlace): Promise<void> {
    const { checkpoints, logger } = this.#deps;
    try {
      await checkpoints.commit(place);
    } catch (error) {
      if (checkpoints.generation !== place.generation) throw error;
      logger.log('warn', 'the state that was replaced could not be removed', { error: messageOf(error) });
    }
  }

  defragment(): Promise<void> {
    return this.#deps.checkpoints.defragment();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#tail;
  }

  #isDue(): boolean {
    const { replica, checkpoints } = this.#deps;
    if (replica.isHalted) return false;
    return (
      replica.index - checkpoints.index >= this.#options.checkpointEntries ||
      replica.appliedBytes - this.#appliedBytes >= this.#options.checkpointBytes ||
      replica.space.canSweep ||
      this.#superfluous.length > 0
    );
  }

  async #keep(): Promise<void> {
    await this.#removeSuperfluous();
    await this.#checkpoint();
    await this.#sweep();
    await this.#clearArchive();
    this.diskBytes = await this.#deps.checkpoints.sizeBytes();
  }

  async #checkpoint(): Promise<void> {
    const { raft, log, replica, checkpoints } = this.#deps;
    if (this.#installing > 0 || replica.isHalted) return;
    // Taken in one turn: space and meta are the state at one index.
    const { space, appliedBytes } = replica;
    const taken: StateMeta = { replica: replica.meta(raft.status().config), space: space.meta() };
    if (taken.replica.index > checkpoints.index || !checkpoints.meta) await checkpoints.write(space, taken);
    if (this.#stopped || space !== replica.space) return;
    this.#appliedBytes = appliedBytes;
    const { keepEntries: entries, keepBytes: bytes, catchUpBytes } = this.#options;
    const needed = { behind: this.#deps.neededBehind(), bytes: catchUpBytes };
    await log.compact(raft.compact(taken.replica.index, { entries, bytes, needed }));
  }

  /** A crash may have undone their removal. They must go before what is newer of their keys does, or they would come back. */
  async #removeSuperfluous(): Promise<void> {
    const gone = this.#superfluous;
    if (gone.length === 0 || this.#installing > 0) return;
    await this.#deps.checkpoints.remove(gone, this.#archives);
    if (this.#superfluous === gone) this.#superfluous = [];
  }

  async #sweep(): Promise<void> {
    const { replica, checkpoints, timers } = this.#deps;
    const { space } = replica;
    while (space.canSweep) {
      // What the stored state still promises to readers must not be removed before it is a newer one.
      if (this.#stopped || this.#installing > 0 || space !== replica.space) return;
      if (space.compactRevision !== checkpoints.meta?.space.compactRevision) return;
      const gone: GoneVersion[] = [];
      space.sweep(sweepVersions, (version) => gone.push(version));
      await checkpoints.remove(gone, this.#archives);
      await sleep(timers, 0);
    }
  }

  async #clearArchive(): Promise<void> {
    const { marks } = this.#deps.replica.space;
    const { retentionMs } = this.#options;
    const upTo = this.#archives ? marks.revisionAt((marks.last?.[1] ?? 0) - retentionMs) : Number.MAX_SAFE_INTEGER - 1;
    if (upTo <= this.#archiveCleared) return;
    await this.#deps.checkpoints.clearArchive(upTo);
    this.#archiveCleared = upTo;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work);
    this.#tail = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }
}
