import { messageOf } from '@trireme/base';
import { KvError } from '@trireme/ports';
import { membersOf } from '../raft/index.ts';
import type { AlarmCommand } from './alarms.ts';
import type { Damage } from './damage.ts';
import type { Judgement } from './hash-check.ts';
import type { PeerMessage } from './peer-codec.ts';
import type { State } from './state.ts';

/**
 * Whether this member's key space is what it should be. When it is not (a stored value is damaged, or the others say that
 * it differs) the member serves nobody, takes the leader's whole state, has it compared, and serves again.
 */
export interface Integrity {
  /** Undefined while this member may serve. */
  readonly refusal: KvError | undefined;
  /** It waits for another member's state to take the place of its own. */
  readonly wantsState: boolean;
  /** The replicated state has changed. */
  look(): void;
  /** Another member's state is this one's now. */
  replaced(): void;
  tick(): void;
}

export interface IntegrityDeps {
  readonly damage: Damage;
  readonly send: (to: number, message: PeerMessage) => void;
  readonly submit: (command: AlarmCommand) => Promise<unknown>;
  /** Asks the leader how this member's key space compares. */
  readonly judge: () => Promise<Judgement>;
  /** Whoever watches through this member goes on at another one. */
  readonly endWatches: () => void;
  readonly isReceiving: () => boolean;
}

interface Trouble {
  readonly sinceMs: number;
  readonly what: string;
  /** This member knows by itself that what it has is damaged. */
  isOwn: boolean;
  step: 'fetch' | 'verify';
  hasGivenUp: boolean;
}

const everyMs = 1_000;
/** What is damaged again and again is the disk. */
const mostRepairs = 3;
const withinMs = 3_600_000;

export function createIntegrity(state: State, deps: IntegrityDeps): Integrity {
  return new Keeper(state, deps);
}

class Keeper implements Integrity {
  readonly #state: State;
  readonly #deps: IntegrityDeps;
  readonly #own: bigint;
  #trouble: Trouble | undefined;
  #repairedMs: number[] = [];
  #nextMs = 0;
  #raising = false;
  #verifying = false;

  constructor(state: State, deps: IntegrityDeps) {
    this.#state = state;
    this.#deps = deps;
    this.#own = BigInt(state.id);
    deps.damage.onDamage(() => this.#damaged());
  }

  get refusal(): KvError | undefined {
    return this.#trouble && damagedError();
  }

  get wantsState(): boolean {
    return this.#trouble?.step === 'fetch' && this.#mayRepair(this.#trouble);
  }

  look(): void {
    const { alarms, isHalted } = this.#state.replica;
    if (this.#isAlone() && !isHalted) {
      this.#end('it is the only member now, and has the best there is');
      return;
    }
    const alarm = alarms.find('corrupt', this.#own);
    if (isHalted && !this.#trouble) this.#begin('what it has stored cannot be read', true);
    else if (alarm && !this.#trouble) this.#begin("its key space differs from the others'", false);
    else if (!alarm && this.#trouble && !this.#trouble.isOwn) this.#end('the alarm was ended');
  }

  replaced(): void {
    if (!this.#trouble) return;
    this.#trouble.step = 'verify';
    this.#repairedMs.push(this.#state.time.monotonic());
    this.#nextMs = 0;
  }

  tick(): void {
    const trouble = this.#trouble;
    const { raft, time } = this.#state;
    if (!trouble || time.monotonic() < this.#nextMs) return;
    this.#nextMs = time.monotonic() + everyMs;
    if (trouble.isOwn) this.#raise();
    // Whatever it may become, it is no leader: those that it answers for would be answered wrongly.
    if (raft.status().role === 'leader') raft.transferLeadership(0);
    else if (!this.#mayRepair(trouble)) return;
    else if (trouble.step === 'verify') this.#verify(trouble);
    else this.#fetch();
  }

  /** Then it goes on with what is whole: that is better than nothing, and nobody has the rest. */
  #isAlone(): boolean {
    return membersOf(this.#state.raft.status().config).length < 2;
  }

  #damaged(): void {
    if (this.#isAlone()) return;
    if (!this.#trouble) this.#begin('a stored value is damaged', true);
    else {
      this.#trouble.isOwn = true;
      if (!this.#deps.isReceiving()) this.#trouble.step = 'fetch';
    }
  }

  #begin(what: string, isOwn: boolean): void {
    const { time, logger } = this.#state;
    this.#trouble = { sinceMs: time.monotonic(), what, isOwn, step: 'fetch', hasGivenUp: false };
    this.#nextMs = 0;
    logger.log('error', 'this member serves nobody until it is repaired', { why: what });
    // Not in this turn: it may be one of them that has met the damage.
    void Promise.resolve().then(() => this.#deps.endWatches());
  }

  #end(how: string): void {
    const trouble = this.#trouble;
    if (!trouble) return;
    this.#trouble = undefined;
    const { time, logger } = this.#state;
    const tookMs = Math.round(time.monotonic() - trouble.sinceMs);
    logger.log('info', 'this member serves again', { how, what: trouble.what, tookMs });
  }

  #mayRepair(trouble: Trouble): boolean {
    const { replica, time, logger } = this.#state;
    if (!trouble.isOwn && !replica.alarms.find('corrupt', this.#own)?.isRepairable) return false;
    const since = time.monotonic() - withinMs;
    this.#repairedMs = this.#repairedMs.filter((atMs) => atMs > since);
    if (trouble.step === 'verify' || this.#repairedMs.length < mostRepairs) return true;
    if (!trouble.hasGivenUp)
      logger.log('error', 'this member was repaired too often to be trusted: replace its disk, or the machine', {
        repairs: this.#repairedMs.length,
        withinMs,
      });
    trouble.hasGivenUp = true;
    return false;
  }

  #raise(): void {
    const { replica, logger } = this.#state;
    if (this.#raising || replica.alarms.find('corrupt', this.#own)?.isRepairable) return;
    this.#raising = true;
    const alarm = { memberId: this.#own, type: 'corrupt', isRepairable: true } as const;
    const done = (): void => {
      this.#raising = false;
    };
    this.#deps.submit({ type: 'alarm', action: 'raise', alarm }).then(done, (error: unknown) => {
      done();
      logger.log('debug', 'the alarm could not be told yet', { error: messageOf(error) });
    });
  }

  #fetch(): void {
    const { leader } = this.#state.raft.status();
    if (leader !== 0 && !this.#deps.isReceiving()) this.#deps.send(leader, { type: 'want-state' });
  }

  #verify(trouble: Trouble): void {
    if (this.#verifying) return;
    this.#verifying = true;
    this.#check(trouble).then(
      () => {
        this.#verifying = false;
      },
      (error: unknown) => {
        this.#verifying = false;
        this.#state.logger.log('debug', 'not known yet whether the repair was one', { error: messageOf(error) });
      },
    );
  }

  async #check(trouble: Trouble): Promise<void> {
    const judgement = await this.#deps.judge();
    if (trouble !== this.#trouble || trouble.step !== 'verify' || judgement === 'unknown') return;
    if (judgement === 'differs') {
      trouble.step = 'fetch';
      this.#state.logger.log('error', "this member took the leader's state and still differs; it is repaired again");
      return;
    }
    await this.#deps.submit({ type: 'alarm', action: 'disarm', alarm: { memberId: this.#own, type: 'corrupt' } });
    if (trouble === this.#trouble && trouble.step === 'verify')
      this.#end('it took the whole state of the leader, and equals the majority');
  }
}

function damagedError(): KvError {
  return new KvError('corrupt', "This member's key space is damaged, and it is being repaired. Ask another member.");
}

/** For watches: whoever reads it tries again, and elsewhere. */
export function movedError(): KvError {
  return new KvError('unavailable', "This member's key space is being repaired. Watch through another member.");
}
