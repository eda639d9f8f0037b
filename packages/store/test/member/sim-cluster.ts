import { type Logger, silentLogger } from '@trireme/ports';
import {
  createMemoryDisk,
  createPeerNetwork,
  createSeededRandom,
  createVirtualTime,
  type MemoryDisk,
  type PeerNetwork,
  type PeerNetworkOptions,
  type SeededRandom,
  type VirtualTime,
} from '@trireme/testkit';
import { MemoryLevel } from 'memory-level';
import { createMember, type Member, type MemberOptions, type StateLevel } from '../../src/index.ts';

/** One machine: what survives a crash, and the member that runs on it now. */
export interface SimNode {
  readonly id: bigint;
  readonly disk: MemoryDisk;
  readonly level: MemoryLevel<Uint8Array, Uint8Array>;
  readonly member: Member | undefined;
  start(): Promise<Member>;
  /** The process is killed and the machine runs on: its connections break, and what it wrote stays. */
  kill(): void;
  /** The process is killed and the power fails. */
  crash(): void;
}

export interface SimCluster {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly network: PeerNetwork;
  readonly nodes: readonly SimNode[];
  readonly members: readonly Member[];
  leader(): Member | undefined;
  awaitLeader(limitMs?: number): Promise<Member>;
  /** Moves time until the promise has settled. */
  run<T>(work: Promise<T>, limitMs?: number): Promise<T>;
  stop(): Promise<void>;
  addNode(id: bigint, options?: Partial<MemberOptions>): SimNode;
}

export interface SimOptions {
  readonly seed?: number;
  readonly size?: number;
  readonly network?: (random: SeededRandom) => PeerNetworkOptions;
  readonly member?: Partial<MemberOptions>;
  readonly syncMs?: (random: SeededRandom) => number;
  readonly logger?: Logger;
}

export async function createSimCluster(options: SimOptions = {}): Promise<SimCluster> {
  const { seed = 1, size = 3, logger = silentLogger } = options;
  const time = createVirtualTime();
  const random = createSeededRandom(seed);
  const network = createPeerNetwork({ time, random: random.fork() }, options.network?.(random.fork()));
  const peers = Array.from({ length: size }, (_, i) => ({ id: BigInt(i + 1), url: `https://member-${i + 1}:2380` }));
  const small = { segmentBytes: 16 << 10, checkpointEntries: 50, keepEntries: 20 };

  const createNode = (id: bigint, extra: Partial<MemberOptions>): SimNode => {
    const diskRandom = random.fork();
    const syncMs = options.syncMs;
    const disk = createMemoryDisk(syncMs ? { time, syncMs: () => syncMs(diskRandom) } : {});
    const level = new MemoryLevel<Uint8Array, Uint8Array>({ keyEncoding: 'view', valueEncoding: 'view' });
    let member: Member | undefined;
    let life = 0;
    const end = (): void => {
      life += 1;
      // A killed process answers nobody; here its promises must end, so that clients in the same process go on.
      network.connect(id);
      void member?.stop();
      member = undefined;
    };
    return {
      id,
      disk,
      level,
      get member() {
        return member;
      },
      async start() {
        const own = ++life;
        const started = await createMember({
          id,
          peers,
          disk: disk.attach(),
          level: () => mortalLevel(level, () => life === own),
          transport: network.connect(id),
          time,
          random: random.fork(),
          logger,
          options: { ...small, ...options.member, ...extra },
        });
        if (life === own) member = started;
        return started;
      },
      kill() {
        disk.detach();
        network.hangUp(id);
        end();
      },
      crash() {
        disk.crash(diskRandom);
        end();
      },
    };
  };
  const nodes: SimNode[] = peers.map(({ id }) => createNode(id, {}));
  const cluster: SimCluster = {
    time,
    random,
    network,
    nodes,
    get members() {
      return nodes.flatMap(({ member }) => (member ? [member] : []));
    },
    leader: () => cluster.members.find((member) => member.isLeader()),
    async awaitLeader(limitMs = 10_000) {
      await time.advanceUntil(() => cluster.leader() !== undefined, limitMs, 'a leader');
      return cluster.leader() as Member;
    },
    async run(work, limitMs = 20_000) {
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      work.then(settle, settle);
      await time.advanceUntil(() => settled, limitMs, 'the end of the work');
      return work;
    },
    async stop() {
      for (const member of cluster.members) await cluster.run(member.stop());
    },
    addNode(id, extra = {}) {
      const node = createNode(id, extra);
      nodes.push(node);
      return node;
    },
  };
  await cluster.run(Promise.all(nodes.map((node) => node.start())));
  return cluster;
}

/** A database that outlives the process that uses it, and hears nothing from one that is dead. */
function mortalLevel(level: MemoryLevel<Uint8Array, Uint8Array>, isAlive: () => boolean): StateLevel {
  const methods = new Set(['get', 'batch', 'clear']);
  return new Proxy(level, {
    get(target, name) {
      if (name === 'close') return () => Promise.resolve();
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      if (!methods.has(String(name))) return member.bind(target);
      if (name === 'batch') return (...args: Parameters<typeof target.batch>) => mortalBatch(level, isAlive, args);
      return (...args: unknown[]) => (isAlive() ? member.apply(target, args) : new Promise(() => undefined));
    },
  }) as StateLevel;
}

function mortalBatch(level: MemoryLevel<Uint8Array, Uint8Array>, isAlive: () => boolean, args: readonly unknown[]) {
  const never = new Promise<void>(() => undefined);
  if (args.length > 0)
    return isAlive() ? (level.batch as (...all: unknown[]) => unknown).apply(level, [...args]) : never;
  const chained = level.batch();
  const batch = {
    put(key: Uint8Array, value: Uint8Array) {
      chained.put(key, value);
      return batch;
    },
    write: () => (isAlive() ? chained.write() : never),
  };
  return batch;
}
