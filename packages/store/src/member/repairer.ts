import type { Logger } from '@trireme/ports';
import { LogDamagedError, type Repair } from '../log/index.ts';
import type { PeerMessage } from './peer-codec.ts';
import type { State } from './state.ts';

/** Brings a member whose log was damaged back to what it was, and sees whether that can be. */
export interface Repairer {
  /** A peer is under repair as well. */
  heard(from: number): void;
  /** It said so not long ago. */
  isDamaged(id: number): boolean;
  tick(): void;
}

export interface RepairerDeps {
  readonly repair: Repair | undefined;
  /** Who votes, as long as nothing else is known. */
  readonly peers: readonly number[];
  readonly send: (to: number, message: PeerMessage) => void;
  readonly wake: () => void;
  readonly failed: (error: unknown) => void;
}

const everyMs = 1_000;
/** Who has not said for so long that it is under repair is well again, or stopped. */
const forgetMs = 5_000;
const maxNudge = 64;

export function createRepairer(state: State, deps: RepairerDeps): Repairer {
  const { raft, log, time, id } = state;
  const logger: Logger = state.logger;
  const damagedMs = new Map<number, number>();
  let repair = deps.repair;
  let nextMs = 0;
  let seenLast = -1;

  const isDamaged = (member: number): boolean =>
    time.monotonic() - (damagedMs.get(member) ?? Number.NEGATIVE_INFINITY) < forgetMs;
  const voters = (): readonly number[] => {
    const { config } = raft.status();
    return config.voters.length > 0 ? config.voters : deps.peers;
  };
  const finish = (): void => {
    repair = undefined;
    logger.log('info', 'the log is whole again: this member takes part in elections');
    log.repaired().catch(deps.failed);
  };
  /** With too few that are well, nobody can lead, and nobody can say which of the lost entries were acknowledged. */
  const checkHope = ({ damage }: Repair): void => {
    const all = voters();
    const damaged = all.filter((voter) => voter === id || isDamaged(voter));
    if (all.length - damaged.length >= (all.length >> 1) + 1) return;
    const what = `${damage.what}, and of ${all.length} members ${damaged.length} have damaged logs (${damaged.join(', ')}), too many to be repaired from the others; found`;
    deps.failed(new LogDamagedError(damage.file, damage.offset, what));
  };
  /**
   * What was lost may have been longer than the leader's log is, if it was never acknowledged to anybody. Empty entries make
   * that as long: then all is there that may ever have counted.
   */
  const nudge = ({ floor }: Repair): void => {
    const { leader, last } = raft.status();
    const stands = last === seenLast;
    seenLast = last;
    if (leader === 0 || !stands || last >= floor) return;
    const data = new Uint8Array(0);
    raft.propose(Array.from({ length: Math.min(maxNudge, floor - last) }, () => ({ kind: 'normal', data }) as const));
  };

  return {
    heard(from) {
      // Answered at once: this member may stop for what it has heard, and the other one should know why, too.
      if (repair && !damagedMs.has(from)) deps.send(from, { type: 'repairing' });
      damagedMs.set(from, time.monotonic());
    },
    isDamaged,
    tick() {
      if (!repair) return;
      if (!raft.status().repair) {
        finish();
        return;
      }
      if (time.monotonic() < nextMs) return;
      nextMs = time.monotonic() + everyMs;
      for (const voter of voters()) if (voter !== id) deps.send(voter, { type: 'repairing' });
      nudge(repair);
      checkHope(repair);
      deps.wake();
    },
  };
}
