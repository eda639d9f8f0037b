import { type Bytes, fromUtf8, utf8 } from '@trireme/base';
import { type Kv, type RangeResponse, silentLogger } from '@trireme/ports';
import {
  createMemoryDisk,
  createPeerNetwork,
  createSeededRandom,
  createVirtualTime,
  type VirtualTime,
} from '@trireme/testkit';
import { MemoryLevel } from 'memory-level';
import { openSnapshot, type RestoreReport, type RestoreRequest, restoreSnapshot } from '../../src/backup/index.ts';
import { createMember, type Member, type MemberOptions } from '../../src/index.ts';
import { sourceOf } from './memory-copy.ts';

type Level = MemoryLevel<Uint8Array, Uint8Array>;

export interface Machine {
  readonly id: bigint;
  readonly disk: ReturnType<typeof createMemoryDisk>;
  readonly level: Level;
}

export function machine(id: number): Machine {
  return {
    id: BigInt(id),
    disk: createMemoryDisk(),
    level: new MemoryLevel({ keyEncoding: 'view', valueEncoding: 'view' }),
  };
}

export const peer = (id: bigint) => ({ id, url: `https://member-${id}:2380` });

export const asLearner = (id: bigint) => ({ id, peerUrls: [peer(id).url], isLearner: true });

/** A cluster under virtual time. */
export class World {
  readonly #options: Partial<MemberOptions>;
  readonly time: VirtualTime = createVirtualTime();
  readonly random = createSeededRandom(5);
  readonly network = createPeerNetwork({ time: this.time, random: this.random.fork() });
  readonly members: Member[] = [];

  constructor(options: Partial<MemberOptions> = {}) {
    this.#options = options;
  }

  async start(machines: readonly Machine[], join = false): Promise<void> {
    for (const { id, disk, level } of machines) {
      const started = createMember({
        id,
        peers: machines.map((each) => peer(each.id)),
        disk: disk.attach(),
        level: async () => {
          await level.open();
          return level;
        },
        transport: this.network.connect(id),
        time: this.time,
        random: this.random.fork(),
        logger: silentLogger,
        options: { join, segmentBytes: 16 << 10, checkpointEntries: 5, keepEntries: 3, ...this.#options },
      });
      this.members.push(await this.run(started));
    }
    await this.time.advanceUntil(() => this.members.some((member) => member.isLeader()), 10_000);
  }

  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    work.then(done, done);
    await this.time.advanceUntil(() => settled, 30_000);
    return work;
  }

  async stop(): Promise<void> {
    for (const member of this.members.splice(0)) await this.run(member.stop());
  }

  async put(kv: Kv, key: string, value: string): Promise<number> {
    const request = { key: utf8(key), value: utf8(value) };
    return (await this.run(kv.txn({ success: [{ type: 'put', request }] }))).header.revision;
  }

  async all(kv: Kv, revision?: number): Promise<RangeResponse> {
    const request = { key: utf8('\0'), rangeEnd: new Uint8Array([0]), ...(revision === undefined ? {} : { revision }) };
    return this.run(kv.range(request));
  }
}

export async function restoreTo(
  world: World,
  machines: readonly Machine[],
  file: Bytes,
  request: Partial<RestoreRequest> = {},
): Promise<RestoreReport> {
  const { time } = world;
  const members = machines.map(({ id }) => ({ id, name: `m${id}`, peerUrl: peer(id).url }));
  let report: RestoreReport | undefined;
  for (const { disk, level } of machines) {
    const deps = { disk: disk.attach(), level, time, logger: silentLogger };
    const snapshot = await openSnapshot(sourceOf(file));
    report = await world.run(restoreSnapshot(deps, snapshot, { members, clusterId: 99n, ...request }));
  }
  if (!report) throw new Error('there was nothing to restore to');
  return report;
}

export const texts = ({ kvs }: RangeResponse): readonly string[] =>
  kvs.map((kv) => `${fromUtf8(kv.key)}=${fromUtf8(kv.value)} ${kv.createRevision}/${kv.modRevision}/${kv.version}`);
