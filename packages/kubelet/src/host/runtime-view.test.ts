import { sleep } from '@trireme/ports';
import { createSimulatedRuntime } from '@trireme/simulated-runtime';
import { createSeededRandom, createVirtualTime } from '@trireme/testkit';
import { describe, expect, it } from 'vitest';
import { sandboxConfig } from '../sandbox-config.ts';
import { makePod } from '../testing/pod-fixture.ts';
import { createRuntimeView } from './runtime-view.ts';
import { createMemoryNodeFiles } from './testing/memory-node-files.ts';

const dns = { servers: [], domain: 'cluster.local', node: { servers: [], searches: [], options: [] } };
const settings = {
  rootDirectory: '/k',
  logDirectory: '/l',
  rootCgroup: '/kubepods',
  memoryBytes: 2 ** 30,
  clusterDns: dns,
};

function setUp() {
  const time = createVirtualTime();
  const runtime = createSimulatedRuntime({ time, random: createSeededRandom(1) });
  const counts = { lists: 0, details: 0 };
  const { listPodSandboxes, podSandboxStatus } = runtime;
  runtime.listPodSandboxes = async () => {
    counts.lists++;
    const found = await listPodSandboxes();
    // What is listed is old by the time it arrives.
    await sleep(time, 100);
    return found;
  };
  runtime.podSandboxStatus = (id) => {
    counts.details++;
    return podSandboxStatus(id);
  };
  const run = async (uid: string) => {
    const running = runtime.runPodSandbox(sandboxConfig(makePod({}, { uid }), 0, settings));
    await time.advance(60);
    return running;
  };
  return { time, runtime, counts, run, view: createRuntimeView(runtime, createMemoryNodeFiles()) };
}

describe('createRuntimeView', () => {
  it('never answers with a list that began before the question', async () => {
    const { time, run, view } = setUp();
    const before = view.relist();
    await time.settle();
    const id = await run('uid-1');
    const observing = view.observe('uid-1');
    await time.advance(300);
    expect(await before).toEqual([]);
    expect((await observing)?.sandboxes.map((sandbox) => sandbox.id)).toEqual([id]);
  });

  it('shares a list among all who ask at the same time, and asks for details once', async () => {
    const { time, run, view, counts } = setUp();
    await run('uid-1');
    const asking = Promise.all(Array.from({ length: 20 }, () => view.observe('uid-1')));
    await time.advance(500);
    await asking;
    expect(counts.lists).toBe(2);
    const again = view.observe('uid-1');
    await time.advance(500);
    await again;
    expect(counts.details).toBeLessThanOrEqual(20);
    const before = counts.details;
    const third = view.observe('uid-1');
    await time.advance(500);
    await third;
    expect(counts.details).toBe(before);
  });

  it('says in which pods something changed', async () => {
    const { time, runtime, run, view } = setUp();
    const relist = async () => {
      const listing = view.relist();
      await time.advance(200);
      return listing;
    };
    await run('a');
    const id = await run('b');
    expect(await relist()).toEqual(['a', 'b']);
    expect(await relist()).toEqual([]);
    await runtime.stopPodSandbox(id);
    expect(await relist()).toEqual(['b']);
    await runtime.removePodSandbox(id);
    expect(await relist()).toEqual(['b']);
    expect(view.pods().map(({ uid }) => uid)).toEqual(['a']);
  });
});
