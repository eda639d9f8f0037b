import type { NodeDialer } from '@trireme/apiserver';
import { CodedError } from '@trireme/base';
import type { ContainerRuntime, HttpHandler } from '@trireme/ports';
import type { Member, MemberOptions, MemberPeer } from '@trireme/store';
import type { Server } from './failover.ts';
import { createLifetime, type Lifetime } from './lifetime.ts';
import { type MemberProcess, startMemberProcess } from './member-process.ts';
import type { ClusterWorld } from './world.ts';

/** A member of the control plane: store, apiserver, scheduler and controllers. Its disk outlives its processes. */
export interface ClusterMember extends Server {
  /** Requests to this member alone. They reject with `unreachable` where it does not run. */
  readonly handler: HttpHandler;
  /** It leads the store. */
  isLeader(): boolean;
  /** Which of the elected parts work here. */
  readonly leads: { readonly controllers: boolean; readonly scheduler: boolean };
  /** Its part of the store, past the API. Undefined while it does not run. */
  readonly store: Member | undefined;
  /** As `kill -9` and a power failure: nothing is flushed, the disk keeps what was synced. */
  kill(): void;
  /** Ends it in order: it gives up its leases first. */
  stop(): Promise<void>;
  /** Starts it from its disk; one that runs is killed before. Resolves when it serves. */
  restart(): Promise<void>;
}

export interface ClusterMemberOptions {
  readonly position: number;
  readonly peers: readonly MemberPeer[];
  readonly rootCa: string;
  readonly store: Partial<MemberOptions>;
}

const pollMs = 10;

export function createClusterMember<R extends ContainerRuntime>(
  world: ClusterWorld<R>,
  dialNode: NodeDialer,
  options: ClusterMemberOptions,
): ClusterMember {
  const name = memberName(options.position);
  const logger = world.logger.with({ member: name });
  const machine = world.machine(BigInt(options.position + 1));
  let life: Lifetime | undefined;
  let running: MemberProcess | undefined;
  let incarnation = 0;

  const start = async (own: Lifetime): Promise<void> => {
    incarnation += 1;
    const { tokens } = world;
    const random = world.random(`${name}/${incarnation}`);
    const deps = { life: own, random, logger, tokens, dialNode, ...machine.attach(() => !own.ended) };
    const started = await own.during(startMemberProcess(deps, { ...options, name, incarnation }));
    running = started;
    while (!started.ready()) await own.during(new Promise<void>((resolve) => void own.time.after(pollMs, resolve)));
  };
  const kill = (): void => {
    if (!life) return;
    life.end();
    life = undefined;
    running = undefined;
    machine.crash();
  };

  return {
    name,
    get running() {
      return running !== undefined;
    },
    get ready() {
      return running?.ready() ?? false;
    },
    async handler(request, peer) {
      if (!running) throw new CodedError('unreachable', `${name} does not run. Start it first.`);
      return await running.handler(request, peer);
    },
    isLeader: () => running?.store.isLeader() ?? false,
    get leads() {
      return running?.loops.leads ?? { controllers: false, scheduler: false };
    },
    get store() {
      return running?.store;
    },
    kill,
    async stop() {
      const ending = life;
      if (running) await world.drive(running.stop());
      if (ending === life) kill();
    },
    async restart() {
      kill();
      life = createLifetime(world.time, name);
      await world.drive(start(life));
    },
  };
}

export function memberName(position: number): string {
  return `member-${position + 1}`;
}
