import { KvError, type KvEvent, type Revision, sleep } from '@trireme/ports';
import type { Member } from '@trireme/store';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import type { Truth } from './truth.ts';

const everything = { key: new Uint8Array([0]), rangeEnd: new Uint8Array([0]), prevKv: true } as const;

/** Follows one member's whole history, over its restarts. */
export interface Tap {
  /** Everything before it was told. */
  readonly next: Revision;
  follow(member: Member): Promise<void>;
}

export function createTap(world: World, truth: Truth, machine: Machine): Tap {
  const random = world.random.fork();
  let next: Revision = 2;

  const take = (events: readonly KvEvent[], expected: Revision): Revision => {
    let due = expected;
    for (let from = 0, to = 1; to <= events.length; to++) {
      const { modRevision } = (events[from] as KvEvent).kv;
      if (events[to]?.kv.modRevision === modRevision) continue;
      if (modRevision !== due)
        world.fail('committed-prefix', `member ${machine.id} told revision ${modRevision} where ${due} was due`);
      truth.tell(machine, modRevision, events.slice(from, to));
      due = modRevision + 1;
      from = to;
    }
    return due;
  };

  return {
    get next() {
      return next;
    },
    async follow(member) {
      const { life } = machine;
      // At times it looks back: what this member tells again after a restart must be the same.
      let due = random.chance(0.5) ? Math.max(2, next - random.below(50)) : next;
      while (machine.life === life) {
        try {
          for await (const response of member.kv.watch({ ...everything, startRevision: due })) {
            if (machine.life !== life) return;
            if (response.type === 'events') due = take(response.events, due);
            else if (response.type === 'compacted') due = response.compactRevision;
            next = Math.max(next, due);
          }
        } catch (error) {
          if (error instanceof KvError && error.code === 'stopped') return;
          world.fail('watch', `the watch over everything on member ${machine.id} ended: ${String(error)}`);
          return;
        }
        await sleep(world.loop, 1);
      }
    },
  };
}
