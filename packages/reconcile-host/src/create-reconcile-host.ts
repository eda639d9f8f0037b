import type { WorkQueueOptions } from '@trireme/client';
import type { Controller } from '@trireme/controllers';
import {
  type ControllerMetrics,
  type ControllerRunner,
  type ControllerRunnerDeps,
  createControllerRunner,
} from './controller-runner.ts';

/** Runs controllers against a cluster. */
export interface ReconcileHost {
  /** Resolves once every controller has seen the cluster and begun. */
  start(): Promise<void>;
  /** Takes no more keys, and resolves once the plans under way have ended. The informers are the caller's to stop. */
  stop(): Promise<void>;
  metrics(): Readonly<Record<string, ControllerMetrics>>;
}

export interface ReconcileHostDeps extends ControllerRunnerDeps {
  readonly controllers: readonly Controller[];
}

export interface ReconcileHostOptions {
  /** Keys of one controller that are worked on at the same time. Default 5. */
  readonly concurrency?: number;
  /** Default 30 000. */
  readonly maxWaitMs?: number;
  readonly backoff?: WorkQueueOptions;
}

export function createReconcileHost(deps: ReconcileHostDeps, options: ReconcileHostOptions = {}): ReconcileHost {
  const { concurrency = 5, maxWaitMs = 30_000, backoff } = options;
  const runners: readonly ControllerRunner[] = deps.controllers.map((controller) =>
    createControllerRunner(deps, controller, { concurrency, maxWaitMs, backoff }),
  );
  return {
    async start() {
      await Promise.all(runners.map((runner) => runner.start()));
    },
    async stop() {
      await Promise.all(runners.map((runner) => runner.stop()));
    },
    metrics: () => Object.fromEntries(runners.map((runner) => [runner.name, runner.metrics()])),
  };
}
