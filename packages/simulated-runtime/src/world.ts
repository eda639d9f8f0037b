import type { AsyncQueue } from '@trireme/base';
import {
  type ContainerConfig,
  type ContainerState,
  type PodSandboxConfig,
  type Random,
  RuntimeError,
  type Time,
  type Timer,
} from '@trireme/ports';
import type { ContainerView, ImageBehaviour, LogStream } from './behaviour.ts';
import type { FileTree } from './files/file-tree.ts';
import type { IpPool } from './ip-pool.ts';
import type { SimulatedLogs } from './logs.ts';
import type { RunningProgram } from './process/run-program.ts';

/** A sandbox as the simulation keeps it. */
export interface Sandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly createdAtMs: number;
  /** Empty on the host network, and once stopped. */
  ip: string;
  ready: boolean;
}

/** A container as the simulation keeps it. */
export interface Container {
  readonly id: string;
  readonly sandbox: Sandbox;
  readonly config: ContainerConfig;
  readonly createdAtMs: number;
  state: ContainerState;
  startedAtMs: number;
  finishedAtMs: number;
  exitCode: number;
  reason: string;
  message: string;
  memoryBytes: number;
  /** What is copied into it, and gone with it. */
  readonly files: FileTree;
  program: RunningProgram | undefined;
  killTimer: Timer | undefined;
  /** Called with every line of output, while something is attached. */
  readonly watchers: Set<(stream: LogStream, line: string) => void>;
  /** Called once when it has exited. */
  readonly onExit: Set<() => void>;
}

export interface SimulatedDelays {
  readonly sandboxMs: number;
  readonly createMs: number;
  readonly startMs: number;
  readonly pullMs: number;
  /** From SIGTERM to the end of a process that obeys it. */
  readonly termMs: number;
}

export interface ProbeSelector {
  readonly namespace?: string | undefined;
  readonly pod?: string | undefined;
  readonly container?: string | undefined;
}

export type ProbeOutcome = 'success' | 'failure' | 'timeout';

/** Everything that the parts of one simulated runtime share. */
export interface World {
  readonly time: Time;
  readonly random: Random;
  readonly delays: SimulatedDelays;
  readonly logs: SimulatedLogs;
  readonly ips: IpPool;
  readonly hostIp: string;
  readonly sandboxes: Map<string, Sandbox>;
  readonly containers: Map<string, Container>;
  readonly behaviours: Map<string, ImageBehaviour>;
  /** References of the images that are on the node. */
  readonly images: Set<string>;
  readonly missingImages: 'pull' | 'fail';
  readonly steered: { readonly selector: ProbeSelector; readonly outcome: ProbeOutcome }[];
  readonly listeners: Set<AsyncQueue<{ readonly containerId: string; readonly sandboxId: string }>>;
  available: boolean;
}

export function newId(random: Random): string {
  return Array.from(random.bytes(32), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The same text always gives the same digest-like name; it stands in for a real digest. */
export function fakeDigest(text: string): string {
  let a = 0x811c9dc5;
  let hex = '';
  for (let round = 0; round < 8; round++) {
    for (let i = 0; i < text.length; i++) a = Math.imul(a ^ text.charCodeAt(i), 0x01000193) >>> 0;
    a = Math.imul(a ^ round, 0x9e3779b1) >>> 0;
    hex += a.toString(16).padStart(8, '0');
  }
  return `sha256:${hex}`;
}

export function sandboxOf(world: World, id: string): Sandbox {
  const sandbox = world.sandboxes.get(id);
  if (!sandbox) throw new RuntimeError('not-found', `find pod sandbox ${id}: it is not there`);
  return sandbox;
}

export function containerOf(world: World, id: string): Container {
  const container = world.containers.get(id);
  if (!container) throw new RuntimeError('not-found', `find container ${id}: it is not there`);
  return container;
}

export function notify(world: World, container: Container): void {
  for (const queue of world.listeners) queue.push({ containerId: container.id, sandboxId: container.sandbox.id });
}

export function viewOf(world: World, container: Container): ContainerView {
  const { config, sandbox } = container;
  const env = new Map<string, string>([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOSTNAME', sandbox.config.hostname],
    ...config.envs.map(({ key, value }): [string, string] => [key, value]),
  ]);
  return {
    id: container.id,
    name: config.name,
    podName: sandbox.config.name,
    podNamespace: sandbox.config.namespace,
    image: config.userImage,
    hostname: sandbox.config.hostname,
    ip: sandbox.ip || world.hostIp,
    attempt: config.attempt,
    command: [...config.command, ...config.args],
    env,
  };
}

export function steeredOutcome(world: World, container: Container): ProbeOutcome | undefined {
  const { config, sandbox } = container;
  return world.steered.find(
    ({ selector }) =>
      (selector.namespace ?? sandbox.config.namespace) === sandbox.config.namespace &&
      (selector.pod ?? sandbox.config.name) === sandbox.config.name &&
      (selector.container ?? config.name) === config.name,
  )?.outcome;
}
