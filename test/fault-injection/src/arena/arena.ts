import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, utf8 } from '@trireme/base';
import { createKvRecorder, isKnown } from '@trireme/linearizability';
import type { Revision } from '@trireme/ports';
import type { Fault, Stage } from '../faults/fault.ts';
import { type FaultName, faults } from '../faults/registry.ts';
import { judgeHistory } from '../judge/judge-history.ts';
import { judgeContents, judgePast, judgeWatchers, newestRevision } from '../judge/judge-members.ts';
import { writeHistory } from '../judge/write-history.ts';
import { startLoad } from '../load/load.ts';
import { singles } from '../load/operations.ts';
import { createTally, type Tally } from '../load/tally.ts';
import { createTruth } from '../load/truth.ts';
import { startWatcher, type Watcher } from '../load/watcher.ts';
import type { Site } from '../yard/site.ts';
import { type Cluster, createCluster } from './cluster.ts';
import { eventually, pause, within } from './deadline.ts';
import type { Report } from './report.ts';

export interface RunOptions {
  /** The fault comes again until so much time is over. Default: it comes once. */
  readonly seconds?: number;
}

/** A cluster with everything recorded that clients see of it from its first moment on. */
export interface Arena {
  run(fault: FaultName, options?: RunOptions): Promise<Report>;
  close(): Promise<void>;
}

const startMs = 30_000;
const warmMs = 1_000;
/** After a fault has ended. Members that were down start, elect, and fetch what they missed. */
const backWithinMs = 40_000;

export async function openArena(site: Site, print: (line: string) => void): Promise<Arena> {
  const openedMs = performance.now();
  const say = (text: string): void => {
    const line = `${((performance.now() - openedMs) / 1000).toFixed(3).padStart(8)} s  ${text}`;
    appendFileSync(join(site.folder, 'timeline.log'), `${line}\n`);
    print(line);
  };
  const cluster = createCluster(site);
  for (const { process } of cluster.members) process.start();
  await cluster.untilReady(startMs);
  say('three members serve');
  let problems: string[] = [];
  const complain = (problem: string): void => {
    say(`PROBLEM: ${problem}`);
    problems.push(problem);
  };
  const recorder = createKvRecorder(createRisingClock());
  const truth = createTruth(complain);
  const watchers: readonly Watcher[] = [
    ...cluster.members.map(({ name, kv }) => startWatcher(name, kv, 1, truth)),
    startWatcher('any member', cluster.client(), 1, truth),
  ];
  let runs = 0;
  let judged: Revision = 1;

  const awaitWritesThroughAll = async (prefix: string): Promise<number> => {
    const fromMs = performance.now();
    await Promise.all(
      cluster.members.map(({ name, kv }) => {
        const recorded = recorder.record(kv, `back ${prefix} ${name}`);
        let tries = 0;
        return eventually(`a write through ${name} is acknowledged`, backWithinMs, async () => {
          const value = utf8(`back.${prefix}.${name}.${Math.round(fromMs)}.${++tries}`);
          const request = { key: utf8(`${prefix}/back/${name}`), value };
          await within(2_000, (signal) => recorded.txn({ success: [{ type: 'put', request }] }, { signal }));
          return true;
        });
      }),
    );
    return performance.now() - fromMs;
  };

  const lookBack: Stage['lookBack'] = async ({ name, kv }, ms) => {
    const watcher = startWatcher(`${name}, looking back,`, kv, 1, truth);
    await pause(ms);
    watcher.stop();
  };

  const judge = async (prefix: string): Promise<Revision> => {
    const revision = await newestRevision(cluster);
    problems.push(...(await judgeWatchers(watchers, revision, truth)));
    for (const member of cluster.members) problems.push(...(await judgePast(member, judged, revision, truth)));
    problems.push(...(await judgeContents(cluster, revision, truth)));
    problems.push(...judgeHistory({ history: recorder.history(), truth, singles: singles(prefix) }));
    judged = revision;
    return revision;
  };

  return {
    async run(name, { seconds = 0 } = {}) {
      const fault: Fault = faults[name];
      const none = { fault: name, rounds: 0, operations: 0, acknowledged: 0, open: 0, errors: {} };
      const nothing = { ...none, problems: [], longestPauseMs: 0, backMs: 0, revision: 0 };
      const skipped = fault.whyNot?.(cluster);
      if (skipped) return { ...nothing, skipped };
      problems = [];
      runs += 1;
      const prefix = `${name}-${runs}`;
      const tally = createTally();
      const before = recorder.history().filter((operation) => !isKnown(operation)).length;
      say(`${name}: ${fault.about}`);
      const load = startLoad(cluster, recorder, {
        ...{ prefix, bulkClients: fault.bulkClients ?? 0, tally, complain },
        mayAnswer: fault.mayAnswer,
      });
      const progress = sayProgress(cluster, tally, say);
      let rounds = 0;
      let longestPauseMs = 0;
      let backMs = 0;
      let revision: Revision = 0;
      try {
        await pause(warmMs);
        const untilMs = performance.now() + seconds * 1000;
        do {
          rounds += 1;
          const fromMs = performance.now();
          const stage: Stage = { cluster, say, hold: pause, complain, lookBack };
          await fault.run(stage);
          cluster.heal();
          backMs = Math.max(backMs, await awaitWritesThroughAll(prefix));
          await pause(300);
          const longest = tally.longestPause(fromMs, performance.now());
          longestPauseMs = Math.max(longestPauseMs, longest.ms);
          say(
            `writes through every member are acknowledged; the longest pause was ${Math.round(longest.ms)} ms, from ${((longest.atMs - openedMs) / 1000).toFixed(3)} s on`,
          );
        } while (performance.now() < untilMs && problems.length === 0);
        if (fault.longestPauseMs !== undefined && longestPauseMs > fault.longestPauseMs)
          complain(
            `no write was acknowledged for ${Math.round(longestPauseMs)} ms, though a majority was there: at most ${fault.longestPauseMs} ms may pass`,
          );
        await load.stop();
        say('the load is over; judging');
        clearInterval(progress);
        revision = await judge(prefix);
      } catch (error) {
        complain(`${messageOf(error)}${error instanceof Error && error.cause ? `: ${messageOf(error.cause)}` : ''}`);
        cluster.heal();
        await load.stop();
      } finally {
        clearInterval(progress);
      }
      const history = recorder.history();
      if (problems.length > 0) writeHistory(site.folder, history, truth);
      for (const problem of problems) say(`found: ${problem}`);
      const { answered: operations, acknowledged } = tally;
      const open = history.filter((operation) => !isKnown(operation)).length - before;
      const errors = Object.fromEntries(tally.errors);
      return {
        fault: name,
        problems,
        rounds,
        operations,
        acknowledged,
        open,
        errors,
        longestPauseMs,
        backMs,
        revision,
      };
    },
    async close() {
      for (const watcher of watchers) watcher.stop();
      await cluster.close();
    },
  };
}

/** Milliseconds, never the same twice, so that no two calls seem to touch that did not. */
function createRisingClock(): () => number {
  let last = 0;
  return () => {
    last = Math.max(performance.now(), last + 1e-6);
    return last;
  };
}

function sayProgress(cluster: Cluster, tally: Tally, say: (text: string) => void): NodeJS.Timeout {
  let before = 0;
  return setInterval(() => {
    const { acknowledged } = tally;
    const down = cluster.members.flatMap(({ name, process }) =>
      process.paused ? `${name} is paused` : process.running ? [] : `${name} is down`,
    );
    say(
      `  ${acknowledged - before} writes acknowledged in this second${down.length > 0 ? `; ${down.join(', ')}` : ''}`,
    );
    before = acknowledged;
  }, 1_000);
}
