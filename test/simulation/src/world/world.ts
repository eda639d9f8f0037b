import type { Member } from '@trireme/store';
import { createPeerNetwork, createSeededRandom, type PeerNetwork, type SeededRandom } from '@trireme/testkit';
import { createDigest, type Digest } from './digest.ts';
import { createEventLoop, type EventLoop } from './event-loop.ts';
import { createMachine, type Machine } from './machine.ts';
import { choosePlan, type NetworkPlan, type Plan, type PlanOptions } from './plan.ts';

export interface Violation {
  readonly checker: string;
  readonly what: string;
  readonly atMs: number;
}

/** Everything that one seed makes: machines, a network between them, and time. */
export interface World {
  readonly seed: number;
  readonly plan: Plan;
  readonly loop: EventLoop;
  readonly random: SeededRandom;
  readonly digest: Digest;
  readonly network: PeerNetwork;
  /** What the network does to messages now. */
  weather: NetworkPlan;
  readonly machines: readonly Machine[];
  /** Those on which a member is at work. */
  readonly up: readonly Machine[];
  /** Faults and clients are to end. */
  over: boolean;
  /** No compaction was asked to go beyond this. */
  compactAsked: number;
  /** Members whose removal somebody has asked for. */
  readonly removalsAsked: Set<bigint>;
  /** Called when a member has taken the lead. */
  elected: (leader: Machine) => void;
  readonly violation: Violation | undefined;
  readonly counts: Map<string, number>;
  count(what: string): void;
  /** The clock of histories: it goes on with every reading. */
  reading(): number;
  trace(text: string): void;
  /** Only the first counts: what follows from it says nothing new. */
  fail(checker: string, what: string): void;
  leader(): Machine | undefined;
  addMachine(join: boolean): Machine;
}

/** What watches over the world. */
export interface Observer {
  started(machine: Machine, member: Member): void;
  ended(machine: Machine): void;
  failed(machine: Machine, error: unknown): void;
  /** An event on this machine has settled. */
  settled(machine: Machine): void;
}

export interface WorldOptions extends PlanOptions {
  readonly trace?: ((line: string) => void) | undefined;
  readonly observer: (world: World) => Observer;
}

export function createWorld(seed: number, options: WorldOptions): World {
  const random = createSeededRandom(seed);
  const plan = choosePlan(random.fork(), options);
  const digest = createDigest();
  let current: Machine | undefined;
  let violation: Violation | undefined;
  let readings = 0;
  const loop = createEventLoop({
    event: (nowMs) => digest.mix(Math.round(nowMs * 1000)),
    settled() {
      if (!current) return;
      const machine = current;
      current = undefined;
      observer.settled(machine);
    },
  });
  const networkRandom = random.fork();
  const network = createPeerNetwork(
    { time: loop, random: networkRandom },
    {
      delayMs() {
        const { delayMs, slowShare, slowMs } = world.weather;
        if (slowShare > 0 && networkRandom.chance(slowShare)) return networkRandom.below(slowMs);
        return delayMs[0] + networkRandom.float() * (delayMs[1] - delayMs[0]);
      },
      lossProbability: () => world.weather.loss,
      duplicateProbability: () => world.weather.duplication,
      onDelivery(from, to, message) {
        digest.mix(Number(from) * 64 + Number(to));
        digest.mix(message.length);
      },
    },
  );
  const machines: Machine[] = [];
  const counts = new Map<string, number>();
  const first = Array.from({ length: plan.members }, (_, at) => peerOf(BigInt(at + 1)));
  const world: World = {
    seed,
    plan,
    loop,
    random,
    digest,
    network,
    weather: plan.network,
    machines,
    get up() {
      return machines.filter(({ state }) => state === 'up');
    },
    over: false,
    compactAsked: 0,
    removalsAsked: new Set(),
    elected: () => undefined,
    get violation() {
      return violation;
    },
    counts,
    reading: () => ++readings,
    count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    trace: (text) => options.trace?.(`${(loop.monotonic() / 1000).toFixed(3).padStart(9)}  ${text}`),
    fail(checker, what) {
      if (violation) return;
      violation = { checker, what, atMs: loop.monotonic() };
      world.trace(`VIOLATION of ${checker}: ${what}`);
    },
    leader: () => world.up.find(({ member }) => member?.isLeader()),
    addMachine(join) {
      const at = machines.length;
      const [usual, slow, slowShare] = plan.syncMs;
      const diskRandom = random.fork();
      const machine = createMachine(
        {
          loop,
          network,
          random,
          events: {
            started(started, member) {
              world.trace(`member ${started.id} is up, at revision ${member.status().revision}`);
              observer.started(started, member);
            },
            ended: (ended) => observer.ended(ended),
            failed: (failed, error) => observer.failed(failed, error),
            ran(ran) {
              current = ran;
            },
            trace: (text) => world.trace(text),
          },
        },
        {
          id: BigInt(at + 1),
          peers: join ? [...first, peerOf(BigInt(at + 1))] : first,
          clockRate: plan.clockRates[at % plan.clockRates.length] ?? 1,
          member: { ...plan.member, join },
          slowness: () => (diskRandom.chance(slowShare) ? diskRandom.below(slow) : diskRandom.below(usual + 1)),
        },
      );
      machines.push(machine);
      return machine;
    },
  };
  const observer = options.observer(world);
  for (let at = 0; at < plan.members; at++) world.addMachine(false);
  return world;
}

export function peerOf(id: bigint): { readonly id: bigint; readonly url: string } {
  return { id, url: `https://member-${id}:2380` };
}
