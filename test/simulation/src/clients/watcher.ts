import { utf8 } from '@trireme/base';
import type { WatchRecord } from '@trireme/linearizability';
import { KvError, prefixEnd, sleep, type WatchRequest, type WatchResponse } from '@trireme/ports';
import type { SeededRandom } from '@trireme/testkit';
import type { Truth } from '../checks/truth.ts';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { pickUp } from './client.ts';

/** A watch that some client made, and what it was told. */
export interface Watched extends WatchRecord {
  readonly on: bigint;
  /** It was read to the end of the run. */
  readonly open: boolean;
  /** Compaction had been asked up to here when it was over. */
  readonly compactedAtMost: number;
}

/** Makes one watch after another, on any member; some read slowly, some leave. */
export async function runWatcher(world: World, truth: Truth, watched: Watched[]): Promise<void> {
  const random = world.random.fork();
  while (!world.over) {
    await sleep(world.loop, random.below(500));
    const machine = pickUp(world, random);
    if (machine && !machine.clock.paused && !world.over) await watchOnce(world, random, machine, truth, watched);
  }
}

function chooseRequest(world: World, random: SeededRandom, truth: Truth): WatchRequest {
  const prefix = utf8(random.pick(['r/', 'x/', 'l/']));
  const keys = random.chance(0.4)
    ? { key: new Uint8Array([0]), rangeEnd: new Uint8Array([0]) }
    : random.chance(0.6)
      ? { key: prefix, rangeEnd: prefixEnd(prefix) }
      : { key: utf8(`r/${random.below(world.plan.keys)}`) };
  const back = random.pick([5, 50, 500]);
  const startRevision = random.chance(0.3) ? 0 : Math.max(1, truth.last + 3 - random.below(back));
  const filter = random.pick(['no-put', 'no-delete'] as const);
  return { ...keys, startRevision, prevKv: random.chance(0.5), ...(random.chance(0.2) ? { filters: [filter] } : {}) };
}

async function watchOnce(
  world: World,
  random: SeededRandom,
  machine: Machine,
  truth: Truth,
  watched: Watched[],
): Promise<void> {
  const request = chooseRequest(world, random, truth);
  const responses: WatchResponse[] = [];
  const slowMs = random.chance(0.3) ? random.below(400) : 0;
  const untilMs = world.loop.monotonic() + (random.chance(0.5) ? random.below(3_000) : Number.POSITIVE_INFINITY);
  let left = false;
  let ended = false;
  let open = true;
  const record: Watched = {
    request,
    responses,
    on: machine.id,
    get ended() {
      return ended;
    },
    get open() {
      return open;
    },
    get compactedAtMost() {
      return world.compactAsked;
    },
  };
  watched.push(record);
  try {
    const stream = machine.kv.watch(request);
    for await (const response of stream) {
      responses.push(response);
      world.count('watch responses');
      if (random.chance(0.05)) stream.requestProgress();
      if (slowMs > 0 && !world.over) await sleep(world.loop, slowMs);
      left = world.loop.monotonic() > untilMs && !world.over;
      if (left) break;
    }
    ended = !left;
  } catch (error) {
    const code = error instanceof KvError ? error.code : undefined;
    if (code !== 'stopped' && code !== 'unavailable')
      world.fail('errors', `a watch on member ${machine.id} ended with ${String(error)}`);
    left = true;
  }
  open = false;
  // As of now: later compactions excuse nothing.
  const compactedAtMost = world.compactAsked;
  Object.defineProperty(record, 'compactedAtMost', { value: compactedAtMost });
}
