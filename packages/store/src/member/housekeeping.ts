import { messageOf } from '@trireme/base';
import { type Logger, sleep, type Timers } from '@trireme/ports';
import type { WriteAheadLog } from '../log/index.ts';
import type { Version } from '../mvcc/index.ts';
import type { Raft } from '../raft/index.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Replica } from './replica.ts';
import type { ReceivedState } from './snapshot-transfer.ts';
import type { StateMeta } from './version-codec.ts';

export interface HousekeepingDeps {
  readonly raft: Raft;
  readonly log: WriteAheadLog;
  readonly replica: Replica;
  readonly checkpoints: Checkpoints;
  readonly timers: Timers;
  readonly logger: Logger;
  /** While true, no version may be removed: it is being sent to another member. */
  readonly isCopying: () => boolean;
}

export interface HousekeepingOptions {
  /** A checkpoint is made when this many entries were applied since the last one. */
  readonly checkpointEntries: number;
  /** Or when they are of so many bytes. */
  readonly checkpointBytes: number;
  /** Entries kept in the log behind a checkpoint, for followers that lag, and their bytes at most. */
  readonly keepEntries: number;
  readonly keepBytes: number;
}

/** The state on disk, kept near the one in memory and off the way of writes. One thing at a time. */
export interface Housekeeping {
  meta(): StateMeta;
  /** Looks whether something is due. Cheap; called after every turn that applied something. */
  check(): void;
  /** Replaces the stored state by one that was received. */
  install(state: ReceivedState): Promise<void>;
  stop(): Promise<void>;
}

const sweepVersions = 500;
const retryMs = 1_000;

export function createHousekeeping(deps: HousekeepingDeps, options: HousekeepingOptions): Housekeeping {
  const { raft, log, replica, checkpoints, timers } = deps;
  let tail: Promise<void> = Promise.resolve();
  let busy = false;
  let stopped = false;
  let checkpointBytes = 0;
  let sweptRevision = replica.space.compactRevision;

  const meta = (): StateMeta => ({ replica: replica.meta(raft.status().config), space: replica.space.meta() });

  const isDue = (): boolean =>
    replica.index - checkpoints.index >= options.checkpointEntries ||
    replica.appliedBytes - checkpointBytes >= options.checkpointBytes ||
    (replica.space.compactRevision > sweptRevision && !deps.isCopying());

  const sweep = async (compactRevision: number): Promise<void> => {
    const { space } = replica;
    for (;;) {
      // Versions that were not written yet must not be forgotten, nor any that are on their way to another member.
      if (stopped || space.compactRevision !== compactRevision || deps.isCopying()) return;
      const removed: Version[] = [];
      const more = space.sweep(sweepVersions, (version) => removed.push(version));
      await checkpoints.remove(removed);
      if (!more) break;
      await sleep(timers, 0);
    }
    sweptRevision = compactRevision;
  };

  const checkpoint = async (): Promise<void> => {
    // Taken in one turn: space and meta are the state at one index.
    const taken = meta();
    const { space, appliedBytes: bytes } = replica;
    if (taken.replica.index > checkpoints.index) await checkpoints.write(space, taken);
    if (stopped || space !== replica.space) return;
    checkpointBytes = bytes;
    const keep = { entries: options.keepEntries, bytes: options.keepBytes };
    await log.compact(raft.compact(taken.replica.index, keep));
    if (taken.space.compactRevision > sweptRevision) await sweep(taken.space.compactRevision);
  };

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = tail.then(work);
    tail = done.catch(() => undefined);
    return done;
  };

  const check = (): void => {
    if (busy || stopped || !isDue()) return;
    busy = true;
    inTurn(checkpoint).then(
      () => {
        busy = false;
        check();
      },
      (error: unknown) => {
        // The log still has everything; only a restart would take longer until it works again.
        deps.logger.log('warn', 'the state could not be written to disk; it is tried again', {
          error: messageOf(error),
        });
        timers.after(retryMs, () => {
          busy = false;
          check();
        });
      },
    );
  };

  return {
    meta,
    check,
    install(state) {
      replica.replace(state.meta.replica, { meta: state.meta.space, versions: state.versions });
      sweptRevision = state.meta.space.compactRevision;
      return inTurn(() => checkpoints.replace(state.versions, state.meta));
    },
    async stop() {
      stopped = true;
      await tail;
    },
  };
}
