import type { Clock } from '@trireme/ports';

/** Members that were removed are reached a little longer: they are to hear of it, and stop. */
export interface Farewells {
  readonly ids: readonly bigint[];
  /** Looks whether somebody was removed since the last look. */
  look(removed: ReadonlyMap<number, unknown>): boolean;
  /** One spoke. True where it is time to tell it. */
  greet(id: number): boolean;
  /** True where somebody's time is over. */
  tick(): boolean;
}

const reachableMs = 10_000;
const tellEveryMs = 1_000;

export function createFarewells(clock: Pick<Clock, 'monotonic'>, removed: ReadonlyMap<number, unknown>): Farewells {
  const untilMs = new Map<number, number>();
  const toldMs = new Map<number, number>();
  const seen = new Set(removed.keys());
  return {
    get ids() {
      return [...untilMs.keys()].map((id) => BigInt(id));
    },
    look(now) {
      if (now.size === seen.size) return false;
      for (const id of now.keys()) {
        if (seen.has(id)) continue;
        seen.add(id);
        untilMs.set(id, clock.monotonic() + reachableMs);
      }
      return true;
    },
    greet(id) {
      const nowMs = clock.monotonic();
      if (nowMs - (toldMs.get(id) ?? Number.NEGATIVE_INFINITY) < tellEveryMs) return false;
      toldMs.set(id, nowMs);
      untilMs.set(id, nowMs + reachableMs);
      return true;
    },
    tick() {
      let ended = false;
      for (const [id, until] of untilMs) if (until <= clock.monotonic()) ended = untilMs.delete(id);
      return ended;
    },
  };
}
