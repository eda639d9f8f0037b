import { createDeferred, messageOf } from '@trireme/base';
import type { KvError, KvErrorCode, PeerTransport, Random, Timer, WatchRequest, WatchStream } from '@trireme/ports';
import type { DamagedValue } from '../mvcc/index.ts';
import type { Message } from '../raft/index.ts';
import { type Announcer, createAnnouncer } from './announcer.ts';
import { createDriver, type Driver } from './driver.ts';
import { createFarewells, type Farewells } from './farewells.ts';
import { createLeaving, type Leaving, removedError } from './leaving.ts';
import { type MemberDeps, type MemberOptions, type MemberPeer, ticksOf } from './options.ts';
import { createInbox, createOutbox, type Outbox } from './outbox.ts';
import type { PeerMessage } from './peer-codec.ts';
import { createRepairer, type Repairer } from './repairer.ts';
import { createRequests, type Requests } from './requests.ts';
import type { StartState } from './start-up.ts';
import { createState, type State } from './state.ts';
import type { StoredCopy } from './stored-copy.ts';
import { createTimeMarks, type TimeMarks } from './time-marks.ts';
import { Upkeep } from './upkeep.ts';
import { createWatchStream, type OpenStream, stoppedError } from './watch-stream.ts';

/** A member at work: connects consensus with the disk, the peers, the clock and those who ask. */
export class RunningMember {
  readonly state: State;
  readonly requests: Requests;
  readonly leadershipListeners = new Set<(leads: boolean) => void>();
  /** Called when the role, the leader or the term is another. */
  readonly roleListeners = new Set<() => void>();
  readonly failureListeners = new Set<(error: unknown) => void>();
  leads = false;
  stopped = false;
  readonly #transport: PeerTransport;
  readonly #peers: readonly MemberPeer[];
  readonly #start: StartState;
  readonly #outbox: Outbox;
  readonly #driver: Driver;
  readonly #upkeep: Upkeep;
  readonly #timeMarks: TimeMarks;
  readonly #farewells: Farewells;
  readonly #announcer: Announcer;
  readonly #streams = new Set<OpenStream>();
  readonly #random: Random;
  readonly #caughtUp = createDeferred<void>();
  #lastLeader = '';
  #addressesTold: string | undefined;
  #tickTimer: Timer | undefined;
  #progressTimer: Timer | undefined;
  readonly #leaving: Leaving;
  readonly #repairer: Repairer;

  constructor(deps: MemberDeps, options: MemberOptions, start: StartState) {
    this.#transport = deps.transport;
    this.#peers = deps.peers;
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
    });
    this.#upkeep = new Upkeep(this.state, start, { send, wake: () => this.#driver.wake() });
    this.#driver = this.#createDriver();
    this.#farewells = createFarewells(this.state.time, this.state.replica.book.removed);
    this.#leaving = createLeaving(this.state, send);
    this.#repairer = createRepairer(this.state, {
      repair: start.repair,
      peers: deps.peers.map(({ id }) => Number(id)),
      send,
      wake: () => this.#driver.wake(),
      failed: (error) => this.#fail(error),
    });
    this.#announcer = createAnnouncer(this.state, this.requests.calls);
    this.#timeMarks = createTimeMarks(this.state, (command) => this.requests.proposals.submit(command, 32));
  }

  /** Begins to take part. Resolves when everything is applied that is known to be committed. */
  async run(): Promise<void> {
    const { logger, replica, options } = this.state;
    this.#transport.onMessage(createInbox(logger, (from, message) => this.#handle(from, message)));
    this.#transport.onDisconnect?.((from) => this.#lost(from));
    this.#tellAddresses();
    // Members that were started together must not go on in step, or they would all stand for election at once.
    this.#scheduleTick(this.#random.float() * ticksOf(options).tickMs);
    this.#driver.wake();
    if (replica.index < this.#start.seed.hardState.commit) await this.#caughtUp.promise;
  }

  watch(request: WatchRequest): WatchStream {
    if (this.stopped) throw stoppedError();
    const { hub, time } = this.state;
    if (request.progressNotify) this.#scheduleProgress();
    const open = createWatchStream({ hub, timers: time, onEnd: () => this.#streams.delete(open) }, request);
    this.#streams.add(open);
    return open.stream;
  }

  get diskBytes(): number | undefined {
    return this.#upkeep.diskBytes;
  }

  openCopy(): Promise<StoredCopy> {
    if (this.stopped) throw stoppedError();
    return this.#upkeep.openCopy();
  }

  defragment(): Promise<void> {
    return this.#upkeep.defragment();
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
    await this.#upkeep.stop();
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
      install: () => this.#upkeep.install(),
      roleChanged: () => this.#roleChanged(),
      failed: (error) => this.#fail(error),
    });
  }

  #send(to: number, message: PeerMessage): void {
    this.#outbox.send(to, message);
    this.#driver.wake();
  }

  #sendRaft(message: Message): void {
    if (message.type === 'snapshot') this.#upkeep.sendState(message);
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
    this.#tellRemoved(from, message);
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
        this.#upkeep.receive(from, message);
        break;
    }
  }

  #lost(from: bigint): void {
    if (this.stopped) return;
    this.state.raft.peerLost(Number(from));
    this.#driver.wake();
  }

  #applied(): void {
    if (this.state.replica.index >= this.#start.seed.hardState.commit) this.#caughtUp.resolve();
    this.requests.reads.applied();
    this.requests.membership.applied(this.state.replica.index);
    this.#farewells.look(this.state.replica.book.removed);
    this.#tellAddresses();
    this.#upkeep.check();
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
    if (!leads) this.#upkeep.stopSending();
    const message = leads ? 'this member leads now' : 'this member does not lead any more';
    this.state.logger.log('info', message, { term });
    for (const listener of [...this.leadershipListeners]) listener(leads);
  }

  /** Tells the transport where the members are, when that has changed. */
  #tellAddresses(): void {
    const { replica } = this.state;
    // What this member was started with counts for those it names: an address may have changed while it was down.
    const named = new Map(this.#peers.map(({ id, url }) => [id, url]));
    const { members } = replica.book;
    const known = [...members.keys()].map((id) => BigInt(id));
    const ids = known.length > 0 ? [...known, ...this.#farewells.ids] : [...named.keys()];
    const peers = ids.flatMap((id) => {
      const url = named.get(id) ?? (members.get(Number(id)) ?? replica.book.removed.get(Number(id)))?.peerUrls[0];
      return url === undefined ? [] : [{ id, url }];
    });
    const text = peers.map(({ id, url }) => `${id}=${url}`).join();
    if (text === this.#addressesTold) return;
    this.#addressesTold = text;
    this.#transport.setPeers(peers);
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
    this.#upkeep.tick();
    if (this.leads) this.#timeMarks.tick();
    if (this.#farewells.tick()) this.#tellAddresses();
    this.#announcer.tick();
    this.#leaving.tick();
    this.#repairer.tick();
    // A leader that cannot write hands over to one that can.
    if (log.isFull && this.leads && raft.status().transferee === 0) raft.transferLeadership(0);
  }

  /** Whoever was removed is told once it speaks: it may never have heard, and would ask for votes for ever. */
  #tellRemoved(from: number, message: PeerMessage): void {
    const { replica, raft } = this.state;
    if (message.type === 'removed' || !replica.book.removed.has(from) || !this.#farewells.greet(from)) return;
    this.#tellAddresses();
    this.#send(from, { type: 'removed', voters: raft.status().config.voters });
  }

  #scheduleProgress(): void {
    this.#progressTimer ??= this.state.time.after(this.state.options.progressIntervalMs, () => {
      this.#progressTimer = undefined;
      this.#scheduleProgress();
      this.state.hub.progress();
    });
  }

  #silence(error: KvError): void {
    if (this.stopped) return;
    this.stopped = true;
    this.#tickTimer?.cancel();
    this.#progressTimer?.cancel();
    this.#driver.stop();
    this.requests.stop(error);
    this.#caughtUp.resolve();
    for (const stream of [...this.#streams]) stream.stop();
    this.#setLeading(false, this.state.raft.status().term);
  }

  #fail(error: unknown): void {
    if (this.stopped) return;
    this.state.logger.log('error', 'this member has to stop', { error: messageOf(error) });
    this.#silence(stoppedError());
    for (const listener of [...this.failureListeners]) listener(error);
  }
}
