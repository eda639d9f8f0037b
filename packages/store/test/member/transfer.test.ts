import { utf8 } from '@trireme/base';
import { type Op, silentLogger } from '@trireme/ports';
import { createVirtualTime, type VirtualTime } from '@trireme/testkit';
import { MemoryLevel } from 'memory-level';
import { describe, expect, it } from 'vitest';
import { type Checkpoints, openCheckpoints, type StatePlace } from '../../src/member/checkpoints.ts';
import type { PeerMessage } from '../../src/member/peer-codec.ts';
import { createTransferReceiver, type TransferReceiver } from '../../src/member/transfer-receiver.ts';
import { createTransferSender, type SnapshotMessage, type TransferSender } from '../../src/member/transfer-sender.ts';
import { createKeySpace, type GoneVersion, type KeySpace } from '../../src/mvcc/index.ts';
import { createConfiguration } from '../../src/raft/index.ts';

const config = createConfiguration([1, 2, 3]);
const newLevel = () => new MemoryLevel<Uint8Array, Uint8Array>({ keyEncoding: 'view', valueEncoding: 'view' });

/** Some keys are written often, and some once, and deleted 195 revisions later. */
function opAt(revision: number): Op {
  if (revision >= 200 && revision % 10 === 0)
    return { type: 'delete-range', request: { key: utf8(`once-${revision - 195}`) } };
  const key = revision % 10 === 5 ? `once-${revision}` : `key-${(revision * 7) % 50}`;
  return { type: 'put', request: { key: utf8(key), value: utf8(`${revision}`.repeat(20)) } };
}

/** A member's state on its disk, at a revision: the same writes on each of them. */
interface Store {
  readonly level: MemoryLevel<Uint8Array, Uint8Array>;
  readonly checkpoints: Checkpoints;
  space: KeySpace;
  /** Goes on with the history that all share, and stores it. */
  advance(toRevision: number, compactRevision?: number, sweeps?: boolean): Promise<void>;
}

async function createStore(time: VirtualTime): Promise<Store> {
  const level = newLevel();
  const { checkpoints } = await openCheckpoints(level, time);
  const store: Store = {
    level,
    checkpoints,
    space: createKeySpace({ stored: checkpoints.reader() }),
    async advance(toRevision, compactRevision = 0, sweeps = true) {
      const { space } = store;
      for (let revision = space.revision + 1; revision <= toRevision; revision++) {
        space.apply({ type: 'txn', request: { success: [opAt(revision)] } });
      }
      if (compactRevision > space.compactRevision) space.apply({ type: 'compact', revision: compactRevision });
      const replica = { clusterId: 1n, index: toRevision, term: 1, config, addresses: [], sessions: [] };
      await run(time, checkpoints.write(space, { replica, space: space.meta() }));
      if (!sweeps) return;
      const gone: GoneVersion[] = [];
      while (space.sweep(1000, (version) => gone.push(version)));
      await run(time, checkpoints.remove(gone, false));
    },
  };
  return store;
}

async function run<T>(time: VirtualTime, work: Promise<T>): Promise<T> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  work.then(settle, settle);
  await time.advanceUntil(() => settled, 600_000, 'the work');
  return work;
}

interface Sending {
  readonly sender: TransferSender;
  /** How each ended. */
  readonly ended: [to: number, arrived: boolean][];
  /** Records that were posted to each member. */
  readonly posted: Map<number, number>;
}

interface World {
  readonly time: VirtualTime;
  receivers: Map<number, TransferReceiver>;
  senders: Map<number, Sending>;
  /** Messages that get lost. */
  loses: (from: number, to: number, message: PeerMessage) => boolean;
  readonly completed: StatePlace[];
}

function createWorld(): World {
  return {
    time: createVirtualTime(),
    receivers: new Map(),
    senders: new Map(),
    loses: () => false,
    completed: [],
  };
}

function post(world: World, from: number, to: number, message: PeerMessage): void {
  if (message.type === 'snapshot-part') {
    const posted = world.senders.get(from)?.posted;
    posted?.set(to, (posted.get(to) ?? 0) + message.records.length);
  }
  if (world.loses(from, to, message)) return;
  world.time.after(1, () => {
    if (message.type === 'snapshot-offer' || message.type === 'snapshot-part')
      world.receivers.get(to)?.receive(from, message);
    else if (message.type === 'snapshot-want' || message.type === 'snapshot-ack')
      world.senders.get(to)?.sender.receive(from, message);
  });
}

function addSender(world: World, id: number, store: Store, bytesPerSecond = 10_000): Sending {
  const ended: [number, boolean][] = [];
  const sender = createTransferSender({
    ...{ time: world.time, logger: silentLogger, incarnation: 1, bytesPerSecond, partBytes: 2_000 },
    send: (to, message) => post(world, id, to, message),
    copy: async () => store.checkpoints.copy(store.space.isSwept),
    ended: (to, arrived) => void ended.push([to, arrived]),
  });
  const sending = { sender, ended, posted: new Map<number, number>() };
  world.senders.set(id, sending);
  const tick = (): void => {
    sender.tick();
    world.time.after(100, tick);
  };
  tick();
  return sending;
}

function addReceiver(world: World, id: number, store: Store): void {
  const { level, checkpoints } = store;
  const receiver = createTransferReceiver({
    ...{ level, checkpoints, logger: silentLogger, isFresh: () => false },
    send: (to, message) => post(world, id, to, message),
    async complete(place) {
      store.space = (await checkpoints.build(place, {})).space;
      await checkpoints.commit(place);
      world.completed.push(place);
    },
  });
  world.receivers.set(id, receiver);
}

const message = (from: number, to: number, term = 1): SnapshotMessage => ({
  ...{ from, to, term, type: 'snapshot' },
  snapshot: { index: 1, term: 1, config },
});

const until = (world: World, condition: () => boolean): Promise<void> =>
  world.time.advanceUntil(condition, 300_000, 'the end of a transfer');

describe('a whole state on its way to another member', () => {
  it('arrives, although parts and acknowledgements are lost, and keeps to its rate', async () => {
    const world = createWorld();
    const [source, sink] = [await createStore(world.time), await createStore(world.time)];
    await source.advance(400);
    let count = 0;
    world.loses = () => count++ % 5 === 3;
    const { sender, ended } = addSender(world, 1, source);
    addReceiver(world, 2, sink);
    const startedMs = world.time.monotonic();
    sender.start(message(1, 2));
    await until(world, () => ended.length > 0);
    expect(ended).toEqual([[2, true]]);
    expect(sink.space.hash()).toEqual(source.space.hash());
    // Some 100 bytes a version.
    expect(world.time.monotonic() - startedMs).toBeGreaterThan(3_000);
  });

  it('goes on from where it was, from another sender and after a restart of the receiver', async () => {
    const world = createWorld();
    const { time } = world;
    const [first, second, sink] = [await createStore(time), await createStore(time), await createStore(time)];
    await first.advance(400, 100);
    await second.advance(500, 150);
    const one = addSender(world, 1, first);
    const two = addSender(world, 3, second);
    addReceiver(world, 2, sink);
    one.sender.start(message(1, 2));
    await until(world, () => (one.posted.get(2) ?? 0) > 200);
    one.sender.stop();
    expect(one.ended).toEqual([[2, false]]);
    await time.advance(100);
    // The receiver starts anew, on the same disk.
    addReceiver(world, 2, sink);
    two.sender.start(message(3, 2, 2));
    await until(world, () => two.ended.length > 0);
    expect(two.ended).toEqual([[2, true]]);
    expect(sink.space.hash()).toEqual(second.space.hash());
    // 400 versions were there in all; most of the first 200 came from the first sender.
    expect(two.posted.get(2)).toBeLessThan(260);
  });

  it('begins anew where a compaction has thinned out what had not come yet', async () => {
    const world = createWorld();
    const { time } = world;
    const [source, sink] = [await createStore(time), await createStore(time)];
    await source.advance(400, 100);
    const { sender, posted, ended } = addSender(world, 1, source);
    addReceiver(world, 2, sink);
    sender.start(message(1, 2));
    await until(world, () => (posted.get(2) ?? 0) > 100);
    sender.stop();
    await source.advance(450, 440);
    posted.clear();
    sender.start(message(1, 2));
    await until(world, () => ended.length > 1);
    expect(sink.space.hash()).toEqual(source.space.hash());
    expect(posted.get(2)).toBe(source.space.versionCount);
  });

  it('begins anew where what had come was not swept yet, and what follows is', async () => {
    const world = createWorld();
    const { time } = world;
    const [source, sink] = [await createStore(time), await createStore(time)];
    await source.advance(400, 390, false);
    const { sender, posted, ended } = addSender(world, 1, source);
    addReceiver(world, 2, sink);
    sender.start(message(1, 2));
    await until(world, () => (posted.get(2) ?? 0) > 100);
    sender.stop();
    await source.advance(400);
    sender.start(message(1, 2));
    await until(world, () => ended.length > 1);
    expect(sink.space.hash()).toEqual(source.space.hash());
  });

  it('sends all to a member whose state ends before the last compaction, which keeps its own until then', async () => {
    const world = createWorld();
    const { time } = world;
    const [source, sink] = [await createStore(time), await createStore(time)];
    await source.advance(400, 390);
    await sink.advance(300, 50);
    const own = sink.space.hash();
    const { sender, posted, ended } = addSender(world, 1, source);
    addReceiver(world, 2, sink);
    sender.start(message(1, 2));
    await until(world, () => (posted.get(2) ?? 0) > 50);
    const place = { generation: sink.checkpoints.generation, meta: sink.checkpoints.meta as StatePlace['meta'] };
    expect((await run(time, sink.checkpoints.build(place, {}))).space.hash()).toEqual(own);
    await until(world, () => ended.length > 0);
    expect(sink.space.hash()).toEqual(source.space.hash());
    expect(posted.get(2)).toBe(source.space.versionCount);
  });

  it('sends only what is newer to a member whose state reaches past the last compaction', async () => {
    const world = createWorld();
    const { time } = world;
    const [source, sink] = [await createStore(time), await createStore(time)];
    await source.advance(400, 100);
    await sink.advance(350, 50);
    const { sender, posted, ended } = addSender(world, 1, source);
    addReceiver(world, 2, sink);
    sender.start(message(1, 2));
    await until(world, () => ended.length > 0);
    expect(sink.space.hash()).toEqual(source.space.hash());
    expect(posted.get(2)).toBe(50);
  });

  it('goes to several at once while the sender writes on, and one that is gone is given up', async () => {
    const world = createWorld();
    const { time } = world;
    const stores = [await createStore(time), await createStore(time), await createStore(time)];
    const [source, second, third] = stores as [Store, Store, Store];
    await source.advance(400, 100);
    const { sender, ended, posted } = addSender(world, 1, source);
    addReceiver(world, 2, second);
    addReceiver(world, 3, third);
    const hash = source.space.hash();
    for (const to of [2, 3, 4]) sender.start(message(1, to));
    await until(world, () => (posted.get(2) ?? 0) > 50);
    await source.advance(600, 590);
    await until(world, () => ended.length === 3);
    expect(new Map(ended)).toEqual(new Map([...[2, 3].map((to) => [to, true] as const), [4, false]]));
    for (const store of [second, third]) expect(store.space.hash()).toEqual(hash);
    expect(sender.lowestIndex).toBe(Number.POSITIVE_INFINITY);
  });
});
