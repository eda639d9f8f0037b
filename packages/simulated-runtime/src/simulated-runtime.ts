import type { ContainerRuntime, Random, Time } from '@trireme/ports';
import type { ImageBehaviour, SimulatedAnswer } from './behaviour.ts';
import { containerCalls } from './calls/container-calls.ts';
import { imageCalls } from './calls/image-calls.ts';
import { runningCalls } from './calls/running-calls.ts';
import { sandboxCalls } from './calls/sandbox-calls.ts';
import { endContainer } from './containers.ts';
import { behaviourKey } from './images.ts';
import { createIpPool } from './ip-pool.ts';
import { createSimulatedLogs, type SimulatedLogs } from './logs.ts';
import { answerOf, steerProbes } from './probes.ts';
import { stopSandbox } from './sandboxes.ts';
import { containerOf, type ProbeOutcome, type ProbeSelector, type SimulatedDelays, type World } from './world.ts';

export interface SimulatedRuntimeOptions {
  /** Where sandboxes get their addresses. Default 10.244.0.0/24. */
  readonly podCidr?: string | undefined;
  /** The address that pods on the host network answer on. Default 127.0.0.1. */
  readonly hostIp?: string | undefined;
  readonly delays?: Partial<SimulatedDelays> | undefined;
  /** Where containers write their logs. Default: a store that only this runtime holds. */
  readonly logs?: SimulatedLogs | undefined;
  /** Behaviours by image name; a name without a tag stands for every tag of it. */
  readonly images?: Readonly<Record<string, ImageBehaviour>> | undefined;
  /** What pulling an image without a registered behaviour does. Default 'pull': it succeeds. */
  readonly missingImages?: 'pull' | 'fail' | undefined;
}

/** A container runtime in which nothing really runs, and the switches that make things happen in it. */
export interface SimulatedRuntime extends ContainerRuntime {
  /** Sets how containers of this image behave from their next start on. */
  registerImage(image: string, behaviour: ImageBehaviour): void;
  /** Makes probes (exec, and those that ask `answer`) end so; undefined gives them back to the image. */
  steerProbes(selector: ProbeSelector, outcome: ProbeOutcome | undefined): void;
  /** What an HTTP or TCP client meets at a pod's address: undefined for a connection that is refused or times out. */
  answer(ip: string, port: number, path: string): SimulatedAnswer | undefined;
  /** The container's process dies now. Default: killed (137). */
  crash(containerId: string, exitCode?: number, reason?: string): void;
  /** As a reboot of the node: every container and sandbox is dead at once. */
  killAll(): void;
  /** False: every call fails as `unavailable`, as when the runtime is down; containers go on. */
  setAvailable(available: boolean): void;
}

const defaultDelays: SimulatedDelays = { sandboxMs: 60, createMs: 10, startMs: 40, pullMs: 200, termMs: 20 };

export function createSimulatedRuntime(deps: {
  readonly time: Time;
  readonly random: Random;
  readonly options?: SimulatedRuntimeOptions;
}): SimulatedRuntime {
  const world = createWorld(deps.time, deps.random, deps.options ?? {});
  return {
    ...sandboxCalls(world),
    ...containerCalls(world),
    ...runningCalls(world),
    ...imageCalls(world),
    ...switches(world),
  };
}

function createWorld(time: Time, random: Random, options: SimulatedRuntimeOptions): World {
  const behaviours = Object.entries(options.images ?? {});
  return {
    time,
    random,
    delays: { ...defaultDelays, ...options.delays },
    logs: options.logs ?? createSimulatedLogs(),
    ips: createIpPool(options.podCidr ?? '10.244.0.0/24'),
    hostIp: options.hostIp ?? '127.0.0.1',
    sandboxes: new Map(),
    containers: new Map(),
    behaviours: new Map(behaviours.map(([image, behaviour]) => [behaviourKey(image), behaviour])),
    images: new Set(),
    missingImages: options.missingImages ?? 'pull',
    steered: [],
    listeners: new Set(),
    available: true,
  };
}

function switches(world: World): Omit<SimulatedRuntime, keyof ContainerRuntime> {
  return {
    registerImage: (image, behaviour) => void world.behaviours.set(behaviourKey(image), behaviour),
    steerProbes: (selector, outcome) => steerProbes(world, selector, outcome),
    answer: (ip, port, path) => answerOf(world, ip, port, path),
    crash(containerId, exitCode = 137, reason = 'Error') {
      endContainer(world, containerOf(world, containerId), exitCode, reason);
    },
    killAll() {
      for (const sandbox of world.sandboxes.values()) stopSandbox(world, sandbox);
    },
    setAvailable(available) {
      world.available = available;
      if (available) return;
      for (const queue of world.listeners) queue.end();
      world.listeners.clear();
    },
  };
}
