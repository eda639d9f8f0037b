import { fromUtf8, utf8 } from '@trireme/base';
import { type Kv, KvError, sleep, type WatchResponse } from '@trireme/ports';
import { createSimCluster, type SimCluster, type SimNode } from './sim-cluster.ts';

interface Write {
  readonly key: string;
  readonly value: string;
}

/** What was seen of the history, by whoever saw it. */
interface Observed {
  /** Acknowledged writes by revision. */
  readonly acknowledged: Map<number, Write>;
  /** Changes that watches told, by revision. */
  readonly told: Map<number, string>;
  readonly values: Map<string, number>;
  compactRevision: number;
  reads: number;
}

export interface SimulationReport {
  readonly writes: number;
  readonly reads: number;
  readonly faults: number;
  readonly delivered: number;
}

function fail(what: string): never {
  throw new Error(what);
}

/** Errors that leave an outcome open, or say that this member cannot help. Anything else is a bug. */
function isExpected(error: unknown): boolean {
  return error instanceof KvError && ['unavailable', 'stopped', 'no-space', 'too-many-requests'].includes(error.code);
}

/** A client writes only its own key, one write after another, so it knows what it may read. */
async function runClient(cluster: SimCluster, observed: Observed, name: string, isOver: () => boolean): Promise<void> {
  const random = cluster.random.fork();
  let attempt = 0;
  let acknowledged = 0;
  // Writes whose outcome is open: they may take effect at any later time, even after newer ones.
  const open = new Set<number>();
  const node = (): SimNode => random.pick(cluster.nodes);
  const write = async (kv: Kv): Promise<void> => {
    attempt += 1;
    open.add(attempt);
    const value = `${attempt}`;
    const request = { key: utf8(name), value: utf8(value) };
    const { header } = await kv.txn({ success: [{ type: 'put', request }] });
    if (observed.acknowledged.has(header.revision)) fail(`revision ${header.revision} was given out twice`);
    observed.acknowledged.set(header.revision, { key: name, value });
    acknowledged = attempt;
    open.delete(attempt);
  };
  const read = async (kv: Kv): Promise<void> => {
    const { kvs } = await kv.range({ key: utf8(name) });
    const seen = Number(fromUtf8(kvs[0]?.value ?? utf8('0')));
    if (seen !== acknowledged && !open.has(seen)) fail(`${name} read ${seen}, but had written ${acknowledged}`);
    observed.reads += 1;
  };
  while (!isOver()) {
    await sleep(cluster.time, random.below(60));
    const kv = node().member?.kv;
    if (!kv) continue;
    try {
      await (random.chance(0.7) ? write(kv) : read(kv));
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  }
}

/** Follows the whole history through one member after another, going on where it was. */
async function runWatcher(
  cluster: SimCluster,
  observed: Observed,
  node: SimNode,
  isOver: () => boolean,
): Promise<void> {
  let next = 2;
  while (!isOver()) {
    await sleep(cluster.time, 50);
    try {
      const stream = node.member?.kv.watch({ key: utf8('c'), rangeEnd: utf8('d'), startRevision: next });
      if (stream) for await (const response of stream) next = follow(observed, node, response, next);
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  }
}

function follow(observed: Observed, node: SimNode, response: WatchResponse, next: number): number {
  if (response.type === 'compacted') return response.compactRevision;
  if (response.type !== 'events') return next;
  let expected = next;
  for (const { kv } of response.events) {
    // Every change is of a watched key, so no revision may be missing.
    if (kv.modRevision !== expected) fail(`member ${node.id} told ${kv.modRevision} where ${expected} was due`);
    const text = `${fromUtf8(kv.key)}=${fromUtf8(kv.value)}`;
    if ((observed.told.get(expected) ?? text) !== text) fail(`revision ${expected} is told as two different changes`);
    observed.told.set(expected, text);
    const before = observed.values.get(text) ?? expected;
    if (before !== expected) fail(`the write ${text} was applied twice, at ${before} and at ${expected}`);
    observed.values.set(text, expected);
    expected += 1;
  }
  return expected;
}

/** Kills, restarts and cuts off members at random; returns how often. */
async function runFaults(cluster: SimCluster, observed: Observed, isOver: () => boolean): Promise<number> {
  const random = cluster.random.fork();
  let faults = 0;
  const ids = cluster.nodes.map(({ id }) => id);
  while (!isOver()) {
    await sleep(cluster.time, 200 + random.below(1200));
    faults += 1;
    const node = random.pick(cluster.nodes);
    const kind = random.below(6);
    if (kind === 0 && node.member) node.crash();
    else if (kind === 1) for (const each of cluster.nodes) each.crash();
    else if (kind === 2)
      cluster.network.partition(
        ids.filter((id) => id !== node.id),
        [node.id],
      );
    else if (kind === 3) cluster.network.block(node.id, random.pick(ids));
    else if (kind === 4) await compact(observed, node);
    else cluster.network.heal();
    for (const down of cluster.nodes) if (!down.member && random.chance(0.6)) await down.start();
  }
  cluster.network.heal();
  for (const down of cluster.nodes) if (!down.member) await down.start();
  return faults;
}

async function compact(observed: Observed, node: SimNode): Promise<void> {
  const revision = (node.member?.status().revision ?? 0) - 40;
  if (revision <= 2) return;
  // Not waited for: it may take as long as a partition lasts.
  observed.compactRevision = Math.max(observed.compactRevision, revision);
  node.member?.kv.compact(revision).catch(() => undefined);
}

function checkEnd(cluster: SimCluster, observed: Observed): void {
  const hashes = cluster.members.map((member) => member.hash());
  if (new Set(hashes).size !== 1) fail(`the members differ: ${hashes.join(', ')}`);
  for (const [revision, { key, value }] of observed.acknowledged) {
    const told = observed.told.get(revision);
    if (told === undefined && revision <= observed.compactRevision) continue;
    if (told !== `${key}=${value}`) fail(`revision ${revision} was acknowledged as ${key}=${value} and is ${told}`);
  }
}

export async function simulate(seed: number, durationMs: number): Promise<SimulationReport> {
  const cluster = await createSimCluster({
    seed,
    network: (random) => ({
      delayMs: () => (random.chance(0.02) ? random.below(300) : 1 + random.below(4)),
      lossProbability: 0.02,
      duplicateProbability: 0.02,
    }),
    syncMs: (random) => (random.chance(0.02) ? random.below(200) : random.below(3)),
    member: { requestTimeoutMs: 3000 },
  });
  const observed: Observed = {
    acknowledged: new Map(),
    told: new Map(),
    values: new Map(),
    compactRevision: 0,
    reads: 0,
  };
  let over = false;
  let calm = false;
  const isOver = (): boolean => over;
  const errors: unknown[] = [];
  const watch = <T>(work: Promise<T>): Promise<T | undefined> =>
    work.catch((error: unknown) => {
      errors.push(error);
      return undefined;
    });
  const faults = watch(runFaults(cluster, observed, isOver));
  const clients = ['c1', 'c2', 'c3'].map((name) => watch(runClient(cluster, observed, name, isOver)));
  const watchers = cluster.nodes.map((node) => watch(runWatcher(cluster, observed, node, () => calm)));
  await cluster.time.advance(durationMs);
  over = true;
  await cluster.run(Promise.all([faults, ...clients]), 60_000);
  await cluster.awaitLeader();
  await cluster.time.advance(12_000);
  // Whatever happened, every member serves again.
  for (const [i, { kv }] of cluster.members.entries()) {
    const request = { key: utf8('c'), value: utf8(`calm ${i}`) };
    await cluster.run(kv.txn({ success: [{ type: 'put', request }] }), 5_000);
  }
  await cluster.time.advance(1_000);
  const report = { writes: observed.acknowledged.size, reads: observed.reads, faults: (await faults) ?? 0 };
  if (errors.length === 0) checkEnd(cluster, observed);
  calm = true;
  await cluster.stop();
  await cluster.run(Promise.all(watchers));
  if (errors.length > 0) throw errors[0];
  return { ...report, delivered: cluster.network.delivered };
}
