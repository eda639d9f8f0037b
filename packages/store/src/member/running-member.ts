import { createDeferred, messageOf } from '@trireme/base';
import type { KvError, KvErrorCode, PeerTransport, Random, Timer } from '@trireme/ports';
import type { DamagedValue } from '../mvcc/index.ts';
import type { Message } from '../raft/index.ts';
import type { LogCommand } from './alarms.ts';
import { type Announcer, createAnnouncer } from './announcer.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createDriver, type Driver } from './driver.ts';
import { createHashCheck, type HashCheck, type Judgement } from './hash-check.ts';
import { createIntegrity, type Integrity, movedError } from './integrity.ts';
import { createLeaving, type Leaving, removedError } from './leaving.ts';
import { createOpenWatches, type OpenWatches } from './open-watches.ts';
import { type MemberDeps, type MemberOptions, ticksOf } from './options.ts';
import { createInbox, createOutbox, type Outbox } from './outbox.ts';
import type { PeerMessage } from './peer-codec.ts';
import { createRepairer, type Repairer } from './repairer.ts';
import { createRequests, type Requests } from './requests.ts';
import type { StartState } from './start-up.ts';
import { createState, type State } from './state.ts';
import { createTimeMarks, type TimeMarks } from './time-marks.ts';
import { Upkeep } from './upkeep.ts';
import { stoppedError } from './watch-stream.ts';

/** What this member proposes by itself. */
const smallBytes = 32;

/** A member at work: connects consensus with the disk, the peers, the clock and those who ask. */
export class RunningMember {
  readonly state: State;
  readonly requests: Requests;
  readonly watches: OpenWatches;
  readonly integrity: Integrity;
  readonly upkeep: Upkeep;
  readonly leadershipListeners = new Set<(leads: boolean) => void>();
  /** Called when the role, the leader or the term is another. */
  readonly roleListeners = new Set<() => void>();
  readonly failureListeners = new Set<(error: unknown) => void>();
  leads = false;
  stopped = false;
  readonly #transport: PeerTransport;
  readonly #start: StartState;
  readonly #outbox: Outbox;
  readonly #driver: Driver;
  readonly #timeMarks: TimeMarks;
  readonly #directory: Directory;
  readonly #hashCheck: HashCheck;
  readonly #announcer: Announcer;
  readonly #random: Random;
  readonly #caughtUp = createDeferred<void>();
  #lastLeader = '';
  #tickTimer: Timer | undefined;
  readonly #leaving: Leaving;
  readonly #repairer: Repairer;

  constructor(deps: MemberDeps, options: MemberOptions, start: StartState) {
    this.#transport = deps.transport;
    this.#random = deps.random;
    this.#start = start;
    this.#outbox = createOutbox(deps.transport);
    this.state = createState(deps, options, start, {
      ownApplied: (request, outcome) => this.requests.proposals.applied(request, outcome),
      commanded: ({ command }) => this.requests.leases.commanded(command),
    });
    const send = (to: number, message: PeerMessage): void => this.#send(to, message);
    this.requests = createRequests(this.state, {
      send,
      wake: () => this.#driver.wake(),
      writing: () => this.#driver.writing,
      isDamaged: (id) => this.#repairer.isDamaged(id),
      judge: (body) => this.#hashCheck.judge(body),
    });
    this.watches = createOpenWatches(this.state, () => this.integrity.refusal && movedError());
    this.upkeep = new Upkeep(this.state, start, {
      ...{ send, wake: () => this.#driver.wake(), wantsState: () => this.integrity.wantsState },
      replaced: () => {
        this.integrity.replaced();
        this.#applied();
      },
    });
    this.#hashCheck = createHashCheck(this.state, { send, submit: (command) => this.#submit(command) });
    this.#driver = this.#createDriver();
    this.#directory = createDirectory(this.state, { transport: deps.transport, peers: deps.peers, send });
    this.#leaving = createLeaving(this.state, send);
    this.#repairer = createRepairer(this.state, {
      repair: start.repair,
      peers: deps.peers.map(({ id }) => Number(id)),
      send,
      wake: () => this.#driver.wake(),
      failed: (error) => this.#fail(error),
    });
    this.#announcer = createAnnouncer(this.state, this.requests.calls);
    this.#timeMarks = createTimeMarks(this.state, (command) => this.#submit(command));
    this.integrity = createIntegrity(this.state, {
      ...{ damage: start.damage, send, submit: (command) => this.#submit(command) },
      judge: async () => (await this.requests.calls.call('judge-state', this.state.id)) as Judgement,
      endWatches: () => this.watches.endAll(movedError()),
      isReceiving: () => this.upkeep.isReceiving,
    });
  }

  /** Begins to take part. Resolves when everything is applied that is known to be committed. */
  async run(): Promise<void> {
    const { logger, replica, options } = this.state;
    this.#transport.onMessage(createInbox(logger, (from, message) => this.#handle(from, message)));
    this.#transport.onDisconnect?.((from) => this.#lost(from));
    this.#directory.look();
    this.integrity.look();
    // Members that were started together must not go on in step, or they would all stand for election at once.
    this.#scheduleTick(this.#random.float() * ticksOf(options).tickMs);
    this.#driver.wake();
    if (replica.index < this.#start.seed.hardState.commit) await this.#caughtUp.promise;
  }

  onDamage(listener: (value: DamagedValue) => void): () => void {
    return this.#start.damage.onDamage(listener);
  }

  transferLeadership(to: number): boolean {
    const asked = this.state.raft.transferLeadership(to);
    this.#driver.wake();
    return asked;
  }

  async stop(): Promise<void> {
    this.#silence(stoppedError());
    await this.#transport.close();
    await this.upkeep.stop();
    await this.state.log.close();
    await this.#start.level.close();
  }

  #createDriver(): Driver {
    const { raft, log, replica, time, logger } = this.state;
    return createDriver({
      raft,
      log,
      replica,
      timers: time,
      logger,
      send: (message) => this.#sendRaft(message),
      flushSends: () => this.#outbox.flush(),
      beforePump: () => this.requests.flush(),
      answered: (answers) => {
        for (const { context, index } of answers) this.requests.reads.answered(context, index);
      },
      applied: () => this.#applied(),
      install: () => this.upkeep.install(),
      roleChanged: () => this.#roleChanged(),
      failed: (error) => this.#fail(error),
    });
  }

  #submit(command: LogCommand): Promise<unknown> {
    return this.requests.proposals.submit(command, smallBytes);
  }

  #send(to: number, message: PeerMessage): void {
    this.#outbox.send(to, message);
    this.#driver.wake();
  }

  #sendRaft(message: Message): void {
    if (message.type === 'snapshot') this.upkeep.sendState(message);
    else this.#outbox.send(message.to, { type: 'raft', message });
  }

  #handle(from: number, message: PeerMessage): void {
    if (this.stopped) return;
    try {
      this.#take(from, message);
    } catch (error) {
      this.#fail(error);
    }
    this.#driver.wake();
  }

  #take(from: number, message: PeerMessage): void {
    const { requests } = this;
    this.#directory.heard(from, message);
    switch (message.type) {
      case 'raft':
        this.state.raft.step(message.message);
        break;
      case 'forward':
        requests.takeForwarded(from, message.data);
        break;
      case 'refuse':
        requests.proposals.refused(message.sequences, message.code as KvErrorCode);
        break;
      case 'call':
      case 'answer':
        requests.calls.receive(from, message);
        break;
      case 'removed':
        if (this.#leaving.confirmed(from, message.voters)) this.#fail(removedError(BigInt(this.state.id)));
        break;
      case 'repairing':
        this.#repairer.heard(from);
        break;
      case 'leaving':
        break;
      case 'snapshot-offer':
      case 'snapshot-want':
      case 'snapshot-part':
      case 'snapshot-ack':
        this.upkeep.receive(from, message);
        break;
      case 'want-state':
        if (this.leads && !this.integrity.refusal) this.upkeep.sendStateTo(from);
        break;
      case 'hash-ask':
      case 'hash-answer':
        this.#hashCheck.receive(from, message);
        break;
    }
  }

  #lost(from: bigint): void {
    if (this.stopped) return;
    this.state.raft.peerLost(Number(from));
    this.#driver.wake();
  }

  #applied(): void {
    const { replica } = this.state;
    // One that waits for a repair will not get there by itself.
    if (replica.index >= this.#start.seed.hardState.commit || replica.isHalted) this.#caughtUp.resolve();
    this.requests.reads.applied();
    this.requests.membership.applied(replica.index);
    this.#directory.look();
    this.integrity.look();
    this.upkeep.check();
  }

  #roleChanged(): void {
    const { role, leader, term } = this.state.raft.status();
    if (`${leader}/${term}` !== this.#lastLeader) {
      this.#lastLeader = `${leader}/${term}`;
      this.requests.leaderChanged();
    }
    this.#setLeading(role === 'leader', term);
    for (const listener of [...this.roleListeners]) listener();
  }

  #setLeading(leads: boolean, term: number): void {
    if (leads === this.leads) return;
    this.leads = leads;
    this.requests.leases.setLeading(leads);
    this.#hashCheck.setLeading(leads);
    if (!leads) this.upkeep.stopSending();
    const message = leads ? 'this member leads now' : 'this member does not lead any more';
    this.state.logger.log('info', message, { term });
    for (const listener of [...this.leadershipListeners]) listener(leads);
  }

  #scheduleTick(delayMs: number): void {
    this.#tickTimer = this.state.time.after(delayMs, () => {
      if (this.stopped) return;
      this.#scheduleTick(ticksOf(this.state.options).tickMs);
      try {
        this.#tick();
      } catch (error) {
        this.#fail(error);
      }
      this.#driver.wake();
    });
  }

  #tick(): void {
    const { raft, log } = this.state;
    raft.tick();
    this.requests.tick();
    this.upkeep.tick();
    if (this.leads) this.#timeMarks.tick();
    this.#directory.tick();
    this.#announcer.tick();
    this.#leaving.tick();
    this.#repairer.tick();
    this.#hashCheck.tick();
    this.integrity.tick();
    // A leader that cannot write hands over to one that can.
    if (log.isFull && this.leads && raft.status().transferee === 0) raft.transferLeadership(0);
  }

  #silence(error: KvError): void {
    if (this.stopped) return;
    this.stopped = true;
    this.#tickTimer?.cancel();
    this.#driver.stop();
    this.requests.stop(error);
    this.#caughtUp.resolve();
    this.#hashCheck.stop();
    this.watches.endAll(error);
    this.#setLeading(false, this.state.raft.status().term);
  }

  #fail(error: unknown): void {
    if (this.stopped) return;
    this.state.logger.log('error', 'this member has to stop', { error: messageOf(error) });
    this.#silence(stoppedError());
    for (const listener of [...this.failureListeners]) listener(error);
  }
}
