import { hasCode, messageOf } from '@trireme/base';
import { type Kv, type PeerTransport, silentLogger } from '@trireme/ports';
import { createMember, type Member, type MemberOptions, type MemberPeer } from '@trireme/store';
import type { PeerNetwork, SeededRandom } from '@trireme/testkit';
import type { EventLoop } from './event-loop.ts';
import { createHardware, type Hardware } from './hardware.ts';
import { createMachineClock, type MachineClock } from './machine-clock.ts';
import { createMachineCalls } from './machine-kv.ts';

export type MachineState = 'down' | 'starting' | 'up' | 'stopping';

/** What a machine tells the world about the processes on it. */
export interface MachineEvents {
  started(machine: Machine, member: Member): void;
  /** The process is over, however it came. */
  ended(machine: Machine): void;
  /** The member could not start, or stopped by itself. */
  failed(machine: Machine, error: unknown): void;
  /** Something is about to happen on it. */
  ran(machine: Machine): void;
  trace(text: string): void;
}

/** What survives a crash, and the process that runs on it now. */
export interface Machine {
  readonly id: bigint;
  readonly clock: MachineClock;
  readonly hardware: Hardware;
  readonly state: MachineState;
  /** Grows with every end of a process. */
  readonly life: number;
  readonly member: Member | undefined;
  /** The store as clients reach it here: a call that the process did not live to answer is `unavailable`. */
  readonly kv: Kv;
  /** The same for what is asked of the member beside its keys. */
  call<T>(action: (member: Member) => Promise<T>): Promise<T>;
  /** Out of the cluster for good: it is not started again. */
  retired: boolean;
  start(): void;
  /** The process ends in this moment. With `power` the machine does too, and forgets what was not synced. */
  kill(power: boolean): void;
  /** Ends the process in an orderly way. */
  stop(): void;
}

export interface MachineDeps {
  readonly loop: EventLoop;
  readonly network: PeerNetwork;
  readonly random: SeededRandom;
  readonly events: MachineEvents;
}

export interface MachineOptions {
  readonly id: bigint;
  readonly peers: readonly MemberPeer[];
  readonly clockRate: number;
  readonly member: Partial<MemberOptions>;
  readonly slowness: () => number;
}

export function createMachine(deps: MachineDeps, options: MachineOptions): Machine {
  const { loop, network, events } = deps;
  const random = deps.random.fork();
  const startMs = random.below(1_000_000);
  const clock = createMachineClock(loop, { rate: options.clockRate, startMs, ran: () => events.ran(machine) });
  const hardware = createHardware({ clock, random: random.fork(), died: (power) => machine.kill(power) }, options);
  const endings = new Set<() => void>();
  let state: MachineState = 'down';
  let life = 0;
  let member: Member | undefined;

  const connect = (isAlive: () => boolean): PeerTransport => {
    const transport = network.connect(options.id);
    return {
      send(to, message) {
        if (isAlive()) transport.send(to, message);
      },
      onMessage(handler) {
        transport.onMessage((from, message) =>
          clock.run(() => {
            if (isAlive()) handler(from, message);
          }),
        );
      },
      onDisconnect(handler) {
        transport.onDisconnect?.((from) =>
          clock.run(() => {
            if (isAlive()) handler(from);
          }),
        );
      },
      setPeers: () => undefined,
      close: () => transport.close(),
    };
  };
  const end = (): void => {
    life += 1;
    member = undefined;
    state = 'down';
    for (const ending of [...endings]) ending();
    endings.clear();
    events.ended(machine);
  };
  const create = (isAlive: () => boolean): Promise<Member> => {
    const processRandom = random.fork();
    return createMember({
      id: options.id,
      peers: options.peers,
      disk: hardware.disk.attach(),
      level: () => hardware.openLevel(isAlive),
      transport: connect(isAlive),
      time: clock.timeOf(isAlive),
      random: processRandom,
      logger: silentLogger,
      options: options.member,
    });
  };

  const calls = createMachineCalls({
    clock,
    life: () => life,
    member: () => (state === 'up' ? member : undefined),
    onEnd(ending) {
      endings.add(ending);
      return () => void endings.delete(ending);
    },
  });
  const machine: Machine = {
    id: options.id,
    clock,
    hardware,
    retired: false,
    get state() {
      return state;
    },
    get life() {
      return life;
    },
    get member() {
      return member;
    },
    kv: calls.kv,
    call: calls.call,
    start() {
      if (state !== 'down' || machine.retired) return;
      const own = life;
      state = 'starting';
      clock.run(() => {
        if (life !== own) return;
        create(() => life === own).then(
          (created) => {
            if (life !== own) return;
            member = created;
            state = 'up';
            created.onFailure((error) => {
              if (life !== own) return;
              end();
              events.failed(machine, error);
            });
            events.started(machine, created);
          },
          (error: unknown) => {
            if (life !== own) return;
            end();
            hardware.detach();
            events.failed(machine, error);
          },
        );
      });
    },
    kill(power) {
      if (power) hardware.losePower();
      else {
        hardware.detach();
        // The machine runs on, and ends its process's connections.
        network.hangUp(options.id);
      }
      if (state !== 'down') end();
    },
    stop() {
      const stopping = member;
      if (state !== 'up' || !stopping) return;
      const own = life;
      state = 'stopping';
      clock.run(() => {
        if (life !== own) return;
        stopping.stop().then(
          () => {
            if (life !== own) return;
            end();
            hardware.detach();
          },
          (error: unknown) => {
            if (life !== own) return;
            events.trace(`${options.id} could not stop in order: ${messageOf(error)}`);
            machine.kill(false);
            if (!hasCode(error, 'io')) events.failed(machine, error);
          },
        );
      });
    },
  };
  return machine;
}
