import type { Endpoint } from './connection.ts';
import type { Measurement, WatchedProcesses, WindowTimes } from './window.ts';

/** What closed loops of clients may do. */
export const loopWorks = ['put', 'get', 'get-serializable', 'range-100', 'mixed-90-10'] as const;
export type LoopWork = (typeof loopWorks)[number];

/** What the generator's process is told to do: plain data, since it comes through a pipe. */
export type Job =
  | ({
      readonly type: 'loops';
      readonly work: LoopWork;
      readonly clients: number;
    } & Target &
      WindowTimes &
      WatchedProcesses)
  /** Puts every key once, in order. */
  | ({ readonly type: 'fill'; readonly clients: number; readonly timeoutMs: number } & Target)
  | ({
      readonly type: 'watch';
      readonly watchers: number;
      /** How often a put is made. Absent: as soon as all watchers have seen the last. */
      readonly putsPerSecond?: number | undefined;
    } & Target &
      WindowTimes &
      WatchedProcesses)
  /** Kills the leader and puts at the others until one is acknowledged. */
  | {
      readonly type: 'failover';
      readonly survivors: readonly Endpoint[];
      readonly leaderPid: number;
      readonly timeoutMs: number;
    };

export interface Target {
  /** The leader first: where there is but one connection it goes there, on every side. */
  readonly endpoints: readonly Endpoint[];
  readonly keys: number;
}

export interface JobResult {
  readonly measurement?: Measurement | undefined;
  /** Of a failover, from the kill to the acknowledged put; of a fill, all of it. */
  readonly elapsedMs?: number | undefined;
}
