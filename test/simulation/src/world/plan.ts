import type { MemberOptions } from '@trireme/store';
import type { SeededRandom } from '@trireme/testkit';
import { type FaultKind, faultKinds } from '../faults/index.ts';

/** What one seed does: which faults there are and how many, how bad network and disks are, what clients do. */
export interface Plan {
  readonly members: number;
  readonly durationMs: number;
  readonly network: NetworkPlan;
  readonly clockRates: readonly number[];
  readonly syncMs: readonly [usual: number, slow: number, slowShare: number];
  readonly member: Partial<MemberOptions>;
  readonly faults: readonly { readonly kind: FaultKind; readonly weight: number }[];
  readonly faultEveryMs: number;
  readonly clients: number;
  readonly watchers: number;
  readonly thinkMs: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly weights: Readonly<Record<OperationName, number>>;
  readonly giveUpShare: number;
}

export interface NetworkPlan {
  readonly delayMs: readonly [least: number, most: number];
  readonly slowShare: number;
  readonly slowMs: number;
  readonly loss: number;
  readonly duplication: number;
}

export const operationNames = [
  'put',
  'get',
  'range',
  'past',
  'swap',
  'transfer',
  'delete',
  'deleteRange',
  'lease',
  'compact',
] as const;

export type OperationName = (typeof operationNames)[number];

export interface PlanOptions {
  readonly members?: number | undefined;
  readonly durationMs?: number | undefined;
}

const usualTimes = { heartbeatMs: 100, electionTimeoutMs: 1_000 };
/** Many terms in little time. */
const shortTimes = { heartbeatMs: 60, electionTimeoutMs: 300 };

/**
 * Swarm testing: each seed leaves most kinds of faults out and does the others with random force, so that rare
 * combinations come up that a run with a little of everything would never reach.
 */
export function choosePlan(random: SeededRandom, options: PlanOptions = {}): Plan {
  const between = (least: number, most: number): number => least + random.below(most - least + 1);
  const pickMembers = (): number => random.pick([3, 3, 3, 3, 3, 3, 5, 5, 1, 2, 4]);
  const members = pickMembers();
  const often = random.chance(0.5) ? 0.25 : 0.5;
  const enabled = faultKinds.filter(() => random.chance(often));
  const chosen = enabled.length > 0 ? enabled : [random.pick(faultKinds)];
  const plan: Plan = {
    members: options.members ?? members,
    durationMs: options.durationMs ?? between(4_000, 12_000),
    network: {
      delayMs: random.pick([
        [0, 1],
        [1, 4],
        [5, 40],
      ] as const),
      slowShare: random.pick([0, 0.02, 0.1]),
      slowMs: random.pick([50, 300, 1500]),
      loss: random.pick([0, 0, 0.02, 0.1]),
      duplication: random.pick([0, 0.02, 0.2]),
    },
    clockRates: Array.from({ length: 16 }, () => (random.chance(0.5) ? 1 : 0.95 + 0.1 * random.float())),
    syncMs: random.pick([
      [0, 0, 0],
      [1, 20, 0.1],
      [3, 200, 0.02],
      [10, 50, 0.3],
    ] as const),
    member: {
      segmentBytes: 1 << between(10, 15),
      checkpointEntries: between(5, 60),
      keepEntries: random.pick([0, 5, 20, 50]),
      ...random.pick([usualTimes, usualTimes, { heartbeatMs: 100, electionTimeoutMs: 600 }, shortTimes, shortTimes]),
      requestTimeoutMs: between(1_500, 4_000),
    },
    faults: chosen.map((kind) => ({ kind, weight: 1 + random.below(5) })),
    faultEveryMs: random.pick([150, 400, 800, 1500]),
    clients: between(1, 5),
    watchers: between(1, 3),
    thinkMs: random.pick([15, 40, 100]),
    keys: between(1, 8),
    valueBytes: random.pick([0, 0, 0, 200, 1000]),
    weights: Object.fromEntries(
      operationNames.map((name) => [name, random.chance(0.7) ? 1 + random.below(6) : 0]),
    ) as Plan['weights'],
    giveUpShare: random.pick([0, 0.05, 0.3]),
  };
  const game = random.float();
  if (game < gameShare) return chairs(plan);
  if (game < 2 * gameShare) return forgetting(plan);
  return game < 2.5 * gameShare ? filling(plan) : plan;
}

/** Of so many seeds the whole is the one game, of as many the next one, and of half as many the last. */
const gameShare = 0.06;

/** Impatient writers and short terms, so that logs part in every term, and old entries meet new leaders (paper, figure 8). */
function chairs(plan: Plan): Plan {
  const zero = Object.fromEntries(operationNames.map((name) => [name, 0])) as Record<OperationName, number>;
  return {
    ...plan,
    members: plan.members === 5 ? 5 : 3,
    durationMs: plan.durationMs + 4_000,
    network: { delayMs: [0, 1], slowShare: 0, slowMs: 0, loss: 0, duplication: 0 },
    syncMs: [0, 0, 0],
    faults: faultKinds.filter(({ name }) => name === 'musical-chairs').map((kind) => ({ kind, weight: 10 })),
    member: { ...plan.member, ...shortTimes, requestTimeoutMs: 250 },
    clients: 2,
    thinkMs: 100,
    weights: { ...zero, put: 4, get: 1 },
  };
}

/** Elections on a bad network, with slow disks and members that lose power in the middle of them. */
function forgetting(plan: Plan): Plan {
  return {
    ...plan,
    members: plan.members === 5 ? 5 : 3,
    durationMs: plan.durationMs + 4_000,
    network: { delayMs: [0, 5], slowShare: 0.1, slowMs: 300, loss: 0.2, duplication: 0 },
    syncMs: [5, 40, 0.3],
    faults: faultKinds
      .filter(({ name }) => ['amnesia', 'slow-disk'].includes(name))
      .map((kind) => ({ kind, weight: 10 })),
    member: { ...plan.member, ...shortTimes, requestTimeoutMs: 500 },
    clients: 1,
    watchers: 1,
    thinkMs: 400,
  };
}

/** Disks that are full in turn, as large writes come in on a network that repeats itself. */
function filling(plan: Plan): Plan {
  return {
    ...plan,
    members: plan.members === 5 ? 5 : 3,
    network: { delayMs: [1, 20], slowShare: 0.1, slowMs: 100, loss: 0.02, duplication: 0.3 },
    faults: faultKinds.filter(({ name }) => name === 'full-disk').map((kind) => ({ kind, weight: 10 })),
    faultEveryMs: 400,
    member: { ...plan.member, segmentBytes: 2_048 },
    clients: 3,
    thinkMs: 15,
    valueBytes: 1_000,
    weights: { ...plan.weights, put: 8 },
  };
}
