import { createHash } from 'node:crypto';
import { createSystemRandom, createSystemTime } from '@trireme/adapter-system';
import { createAnsweringProber, createMemoryNodeFiles } from '@trireme/kubelet/testing';
import type { Logger, Random, Time } from '@trireme/ports';
import {
  createSimulatedRuntime,
  type ImageBehaviour,
  type SimulatedDelays,
  type SimulatedRuntime,
} from '@trireme/simulated-runtime';
import {
  createMemoryDisk,
  createPeerNetwork,
  createSeededRandom,
  type PeerNetwork,
  type SeededRandom,
  type VirtualTime,
} from '@trireme/testkit';
import { createLifetime } from '../lifetime.ts';
import type { ClusterWorld, NodePlace } from '../world.ts';
import { createDrive } from './drive.ts';
import { createMemoryMachine } from './memory-machine.ts';
import { createLocalTokenSigner } from './token-signer.ts';

/** How the parts of a world differ between a real clock and a virtual one. */
interface Pace {
  readonly time: Time;
  readonly drive: <T>(work: Promise<T>) => Promise<T>;
  readonly random: (part: string) => Random;
  readonly peerDelayMs?: (random: SeededRandom) => number;
  readonly syncMs?: (random: SeededRandom) => number;
  readonly delays: Partial<SimulatedDelays>;
}

export interface SimulatedWorld extends ClusterWorld<SimulatedRuntime> {
  /** Between the members of the store. */
  readonly network: PeerNetwork;
  /** Ends what is under way: messages, containers, whatever waits for its time. */
  end(): void;
}

export interface WorldOptions {
  readonly seed: number;
  readonly logger: Logger;
  readonly images: Readonly<Record<string, ImageBehaviour>>;
  readonly delays: Partial<SimulatedDelays> | undefined;
}

/** On the machine's clock everything is as quick as it can be. */
export function createRealWorld(options: WorldOptions): SimulatedWorld {
  const system = createSystemRandom();
  return createWorld(options, {
    time: createSystemTime(),
    drive: (work) => work,
    random: () => system,
    delays: { sandboxMs: 5, createMs: 1, startMs: 5, pullMs: 10, termMs: 5 },
  });
}

/** On a virtual clock messages and disks take their time, a different one with every seed. */
export function createVirtualWorld(options: WorldOptions, time: VirtualTime): SimulatedWorld {
  return createWorld(options, {
    time,
    drive: createDrive(time),
    random: (part) => seededFor(options.seed, part),
    peerDelayMs: (random) => 1 + random.below(4),
    syncMs: (random) => random.below(4),
    delays: {},
  });
}

function createWorld(options: WorldOptions, pace: Pace): SimulatedWorld {
  const { seed, logger } = options;
  const { drive, random, peerDelayMs, syncMs } = pace;
  const life = createLifetime(pace.time, 'the cluster');
  const { time } = life;
  const ofNetwork = seededFor(seed, 'network');
  const network = createPeerNetwork(
    { time, random: ofNetwork.fork() },
    { delayMs: () => peerDelayMs?.(ofNetwork) ?? 0 },
  );
  return {
    time,
    logger,
    drive,
    network,
    random,
    end: life.end,
    tokens: createLocalTokenSigner(random('tokens').bytes(32)),
    machine(id) {
      const ofDisk = seededFor(seed, `disk-${id}`);
      const disk = createMemoryDisk(syncMs ? { time, syncMs: () => syncMs(ofDisk) } : {});
      return createMemoryMachine(id, { disk, network, random: ofDisk.fork() });
    },
    runtime(place: NodePlace) {
      const files = createMemoryNodeFiles();
      const { podCidr, hostIp } = place;
      const delays = { ...pace.delays, ...options.delays };
      const runtime = createSimulatedRuntime({
        time,
        random: place.random,
        options: { podCidr, hostIp, logs: files, delays, images: options.images },
      });
      return { runtime, files, prober: createAnsweringProber(runtime.answer) };
    },
  };
}

/** Parts are told apart by name, so that a part more or less leaves the numbers of the others as they are. */
function seededFor(seed: number, part: string): SeededRandom {
  return createSeededRandom(createHash('sha256').update(`${seed}/${part}`).digest().readUInt32LE());
}
