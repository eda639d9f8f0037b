import { createDeferred, type Deferred, messageOf } from '@trireme/base';
import { KvError } from '@trireme/ports';
import { membersOf } from '../raft/index.ts';
import type { AlarmCommand } from './alarms.ts';
import { type HashReport, judge, type Verdict } from './hash-verdict.ts';
import type { HashAnswer, HashAsk, PeerMessage } from './peer-codec.ts';
import { hashInSlices } from './sliced-reads.ts';
import type { State } from './state.ts';

/** Of the hash and of what it is made over: members that make it otherwise do not answer, and are not judged. */
const hashFormat = 1;
const askEveryMs = 1_000;
/** Who has not answered by then is not judged. */
const roundMs = 30_000;
/** A new leader looks soon: it may be the one that differs. */
const firstMs = 5_000;

export type Judgement = 'same' | 'differs' | 'unknown';

/** The leader compares what the members hold, and raises an alarm for those that differ; the others answer it. */
export interface HashCheck {
  receive(from: number, message: HashAsk | HashAnswer): void;
  setLeading(leads: boolean): void;
  tick(): void;
  /** A leader's answer to a member that wants to know whether it is equal. `body`: its id. */
  judge(body: unknown): Promise<Judgement>;
  stop(): void;
}

export interface HashCheckDeps {
  readonly send: (to: number, message: PeerMessage) => void;
  readonly submit: (command: AlarmCommand) => Promise<unknown>;
}

interface Round {
  readonly number: number;
  /** What has applied this is at the revision, and has compacted there at least. */
  readonly index: number;
  readonly revision: number;
  readonly compactRevision: number;
  readonly reports: Map<number, HashReport>;
  /** Not answered yet. */
  readonly open: Set<number>;
  readonly dueMs: number;
  askedMs: number;
  readonly done: Deferred<Verdict>;
}

export function createHashCheck(state: State, deps: HashCheckDeps): HashCheck {
  return new Check(state, deps);
}

class Check implements HashCheck {
  readonly #state: State;
  readonly #deps: HashCheckDeps;
  #leads = false;
  #nextMs = 0;
  #lastNumber: number;
  #round: Round | undefined;
  /** The round that is about to begin or under way. */
  #running: Promise<Verdict> | undefined;
  /** Whose question is being answered. */
  readonly #answering = new Set<string>();

  constructor(state: State, deps: HashCheckDeps) {
    this.#state = state;
    this.#deps = deps;
    this.#lastNumber = state.incarnation * 0x100_0000;
  }

  setLeading(leads: boolean): void {
    this.#leads = leads;
    this.#nextMs = this.#state.time.monotonic() + Math.min(firstMs, this.#state.options.hashCheckMs);
    if (!leads) this.#giveUp('this member does not lead any more');
  }

  tick(): void {
    const now = this.#state.time.monotonic();
    this.#askAgain(now);
    const { hashCheckMs } = this.#state.options;
    if (!this.#leads || hashCheckMs === 0 || now < this.#nextMs) return;
    this.#nextMs = now + hashCheckMs;
    if (membersOf(this.#state.raft.status().config).length < 2) return;
    this.#compare().catch((error: unknown) =>
      this.#state.logger.log('debug', 'the members could not be compared', { error: messageOf(error) }),
    );
  }

  async judge(body: unknown): Promise<Judgement> {
    const id = Number(body);
    if (!this.#leads) throw new KvError('unavailable', 'This member does not lead any more. Ask again.');
    const { differing, agreeing, isKnown } = await this.#compare();
    if (!isKnown) return 'unknown';
    return agreeing.includes(id) ? 'same' : differing.includes(id) ? 'differs' : 'unknown';
  }

  receive(from: number, message: HashAsk | HashAnswer): void {
    if (message.type === 'hash-answer') this.#take(from, message);
    else if (message.format === hashFormat) void this.#answer(from, message);
  }

  stop(): void {
    this.#leads = false;
    this.#giveUp('this member stops');
  }

  async #answer(from: number, { round, index, revision }: HashAsk): Promise<void> {
    const { replica, time } = this.#state;
    // Asked again, until it has got there.
    const question = `${from}/${round}`;
    if (replica.index < index || replica.isHalted || this.#answering.has(question)) return;
    const answer = (hash: HashReport, compactRevision: number): void =>
      this.#deps.send(from, { type: 'hash-answer', round, hash, compactRevision });
    const { space } = replica;
    if (space.revision < revision || space.compactRevision > revision) return answer('lacks', space.compactRevision);
    this.#answering.add(question);
    try {
      const found = await hashInSlices({ timers: time, replica }, revision);
      answer(found.hash, found.compactRevision);
    } catch (error) {
      this.#state.logger.log('debug', 'no hash could be made for the leader', { error: messageOf(error) });
    } finally {
      this.#answering.delete(question);
    }
  }

  #take(from: number, { round: number, hash, compactRevision }: HashAnswer): void {
    const round = this.#round;
    if (round?.number !== number || !round.open.delete(from)) return;
    // One that has compacted since cannot be compared this time. One that has not is behind what it says it has applied.
    if (compactRevision === round.compactRevision) round.reports.set(from, hash);
    else if (compactRevision < round.compactRevision) round.reports.set(from, 'lacks');
    this.#closeIfDone(round);
  }

  #compare(): Promise<Verdict> {
    const ended = (): void => {
      this.#running = undefined;
    };
    if (!this.#running) {
      this.#running = this.#begin().then((round) => round.done.promise);
      this.#running.then(ended, ended);
    }
    return this.#running;
  }

  async #begin(): Promise<Round> {
    const { replica, raft, time, id } = this.#state;
    // The hash is begun in this turn, so that it is of just this place of the log.
    const { index, space, isHalted } = replica;
    const own = await hashInSlices({ timers: time, replica }, undefined);
    if (!this.#leads || isHalted || space !== replica.space)
      throw new KvError('unavailable', 'This member does not lead any more, or is being repaired itself.');
    const now = time.monotonic();
    const { revision, compactRevision } = own;
    const round: Round = {
      ...{ number: ++this.#lastNumber, index, revision, compactRevision },
      reports: new Map([[id, own.hash]]),
      open: new Set(membersOf(raft.status().config).filter((member) => member !== id)),
      dueMs: now + roundMs,
      askedMs: Number.NEGATIVE_INFINITY,
      done: createDeferred(),
    };
    this.#round = round;
    this.#askAgain(now);
    this.#closeIfDone(round);
    return round;
  }

  #askAgain(now: number): void {
    const round = this.#round;
    if (!round) return;
    if (now >= round.dueMs) round.open.clear();
    this.#closeIfDone(round);
    if (round !== this.#round || now - round.askedMs < askEveryMs) return;
    round.askedMs = now;
    const { number, index, revision } = round;
    for (const to of round.open)
      this.#deps.send(to, { type: 'hash-ask', format: hashFormat, round: number, index, revision });
  }

  #closeIfDone(round: Round): void {
    if (round.open.size > 0 || round !== this.#round) return;
    this.#round = undefined;
    const { raft, id } = this.#state;
    const verdict = judge(round.reports, raft.status().config.voters, id);
    this.#act(round, verdict);
    round.done.resolve(verdict);
  }

  #giveUp(why: string): void {
    const round = this.#round;
    this.#round = undefined;
    round?.done.reject(new KvError('unavailable', `The members were not compared: ${why}.`));
  }

  #act({ revision }: Round, { differing, agreeing, isKnown }: Verdict): void {
    const { logger, replica } = this.#state;
    for (const member of differing) {
      const alarm = { memberId: BigInt(member), type: 'corrupt' } as const;
      const present = replica.alarms.find('corrupt', alarm.memberId);
      if (present && (present.isRepairable || !isKnown)) continue;
      const message = isKnown
        ? "a member's key space differs from that of the majority; it is to take the leader's"
        : "a member's key space differs from the leader's, and no majority knows who is right: raise the alarm for the one that is wrong, and it is repaired";
      logger.log('error', message, { differing: member, revision });
      this.#submit({ type: 'alarm', action: 'raise', alarm: { ...alarm, isRepairable: isKnown } });
    }
    // Once it was not known who is right; now it is.
    for (const member of isKnown ? agreeing : []) {
      const present = replica.alarms.find('corrupt', BigInt(member));
      if (present && !present.isRepairable) this.#submit({ type: 'alarm', action: 'disarm', alarm: present });
    }
  }

  /** What is lost is found again by the next comparison. */
  #submit(command: AlarmCommand): void {
    this.#deps
      .submit(command)
      .catch((error: unknown) =>
        this.#state.logger.log('warn', 'an alarm could not be told to the members', { error: messageOf(error) }),
      );
  }
}
