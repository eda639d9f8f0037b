import { messageOf } from '@trireme/base';
import {
  type ApiClient,
  createEventRecorder,
  createWorkQueue,
  type InformerFactory,
  type WorkQueueOptions,
} from '@trireme/client';
import type { Controller, Plan, Watch } from '@trireme/controllers';
import type { Logger, Random, Time, Timer } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import { createInformerView } from './informer-view.ts';
import { createOwnWrites } from './own-writes.ts';
import { createPlanExecutor, type PlanOutcome } from './plan-executor.ts';

/** Plain counters since the start, and the state of the queue now. */
export interface ControllerMetrics {
  readonly reconciles: number;
  /** Plans in which something was refused. */
  readonly failures: number;
  readonly conflicts: number;
  /** Writes that the server accepted. */
  readonly writes: number;
  /** Reconciles that had to wait for the view to show the key's own writes. */
  readonly waits: number;
  /** Waits that were given up. */
  readonly expiredWaits: number;
  /** Reconciles that threw: bugs. */
  readonly panics: number;
  readonly queued: number;
  readonly delayed: number;
  readonly active: number;
}

export interface ControllerRunner {
  readonly name: string;
  /** Resolves once everything that the controller reads is there and its keys are queued. */
  start(): Promise<void>;
  /** Takes no more keys, and resolves once those under way have ended. */
  stop(): Promise<void>;
  metrics(): ControllerMetrics;
}

export interface ControllerRunnerDeps {
  readonly client: ApiClient;
  readonly informers: InformerFactory;
  readonly time: Time;
  readonly random: Random;
  readonly logger: Logger;
}

export interface ControllerRunnerOptions {
  /** Keys that are worked on at the same time. */
  readonly concurrency: number;
  /** How long a key waits for the view to show its own writes, before it goes on without. */
  readonly maxWaitMs: number;
  readonly backoff?: WorkQueueOptions | undefined;
}

export function createControllerRunner(
  deps: ControllerRunnerDeps,
  controller: Controller,
  options: ControllerRunnerOptions,
): ControllerRunner {
  const { time } = deps;
  const component = `${controller.name}-controller`;
  const logger = deps.logger.with({ controller: controller.name });
  const queue = createWorkQueue(options.backoff);
  const view = createInformerView(deps.informers, controller.reads, component);
  const ownWrites = createOwnWrites(view, time, options.maxWaitMs);
  const recorder = createEventRecorder({ ...deps, logger }, { component });
  const executor = createPlanExecutor({ client: deps.client, recorder, logger, fieldManager: component });
  const counts = { reconciles: 0, failures: 0, conflicts: 0, writes: 0, waits: 0, expiredWaits: 0, panics: 0 };
  const working = new Set<Promise<void>>();
  const parked = new Set<string>();
  const unsubscribe: (() => void)[] = [];
  let timer: { readonly dueMs: number; readonly handle: Timer } | undefined;
  let woken = false;
  let stopped = false;

  /** Work starts in a turn of its own, so that a burst of events has reached the queue before. */
  const wake = (): void => {
    if (woken || stopped) return;
    woken = true;
    void Promise.resolve().then(() => {
      woken = false;
      pump();
    });
  };

  const arm = (): void => {
    const dueMs = queue.nextDueMs();
    if (timer?.dueMs === dueMs) return;
    timer?.handle.cancel();
    timer = undefined;
    if (dueMs === undefined || stopped) return;
    // With no worker free, a timer for what is due already would fire and be set again for ever, in no time: the worker
    // that ends next looks instead.
    if (working.size >= options.concurrency) return;
    timer = { dueMs, handle: time.after(dueMs - time.monotonic(), () => onDue(dueMs)) };
  };
  const onDue = (dueMs: number): void => {
    timer = undefined;
    // Sums of fractions of a millisecond round: a timer may fire a hair before the moment that it was set for.
    pump(dueMs);
  };

  const pump = (dueMs = 0): void => {
    const nowMs = Math.max(time.monotonic(), dueMs);
    while (!stopped && working.size < options.concurrency) {
      const key = queue.take(nowMs);
      if (key === undefined) break;
      if (park(key)) continue;
      const work = workOn(key).finally(() => {
        working.delete(work);
        queue.done(key);
        wake();
      });
      working.add(work);
    }
    arm();
  };

  /** A key whose own writes are not shown yet steps aside, and comes back when they are. */
  const park = (key: string): boolean => {
    if (parked.has(key)) {
      queue.done(key);
      return true;
    }
    const shown = ownWrites.whenShown(key);
    if (!shown) return false;
    counts.waits++;
    parked.add(key);
    queue.done(key);
    void shown.then((inTime) => {
      if (!inTime) {
        counts.expiredWaits++;
        logger.log('warn', 'the view does not show what was written; going on without', { key });
      }
      parked.delete(key);
      queue.add(key);
      wake();
    });
    return true;
  };

  const decide = (key: string): Plan | undefined => {
    counts.reconciles++;
    try {
      return controller.reconcile(key, view, time.now());
    } catch (error) {
      counts.panics++;
      logger.log('error', 'reconcile threw', { key, error: messageOf(error) });
      return undefined;
    }
  };

  const workOn = async (key: string): Promise<void> => {
    const plan = decide(key);
    if (!plan) {
      queue.addRateLimited(key, time.monotonic());
      return;
    }
    const outcome = await executor.perform(plan);
    ownWrites.record(key, outcome.writes);
    settle(key, plan, outcome);
  };

  const settle = (key: string, plan: Plan, outcome: PlanOutcome): void => {
    const nowMs = time.monotonic();
    counts.writes += outcome.performed;
    if (outcome.conflict) counts.conflicts++;
    if (outcome.failures.length > 0) {
      counts.failures++;
      const [first] = outcome.failures;
      logger.log('info', 'a plan was refused and will be made again', { key, error: first?.message });
    }
    if (outcome.conflict || outcome.failures.length > 0) queue.addRateLimited(key, nowMs);
    else queue.forget(key);
    if (plan.requeueAfterMs !== undefined) queue.addAfter(key, plan.requeueAfterMs, nowMs);
  };

  const listen = (watch: Watch): void => {
    const informer = deps.informers.informer(watch.ref);
    const enqueue = (object: ApiObject, old: ApiObject | undefined): void => {
      for (const key of watch.keys(object, view, old)) queue.add(key);
      wake();
    };
    unsubscribe.push(
      informer.subscribe({
        added: (object) => enqueue(object, undefined),
        updated: enqueue,
        deleted: (object) => enqueue(object, undefined),
      }),
    );
  };

  return {
    name: controller.name,
    async start() {
      const watched = controller.watches.map(({ ref }) => deps.informers.informer(ref).whenSynced());
      await Promise.all([view.whenSynced(), ...watched]);
      if (stopped) return;
      for (const watch of controller.watches) listen(watch);
      wake();
    },
    async stop() {
      stopped = true;
      timer?.handle.cancel();
      for (const off of unsubscribe) off();
      ownWrites.stop();
      await Promise.all(working);
    },
    metrics: () => ({ ...counts, queued: queue.size, delayed: queue.delayed, active: working.size }),
  };
}
