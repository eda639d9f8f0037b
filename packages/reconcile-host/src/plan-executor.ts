import { isStatus, StatusError, type StatusReason } from '@trireme/api-machinery';
import { messageOf } from '@trireme/base';
import type { ApiClient, EventRecorder } from '@trireme/client';
import type { Action, Failure, Plan } from '@trireme/controllers';
import type { Logger } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import { resourceKey } from './informer-view.ts';
import type { OwnWrite } from './own-writes.ts';
import { performWrite, type WriteAction } from './perform-write.ts';

export interface PlanOutcome {
  readonly writes: readonly OwnWrite[];
  /** What was refused. The plan was dropped there; nothing after it was tried. */
  readonly failures: readonly Failure[];
  /** Somebody else changed something first, which is no fault: look again. */
  readonly conflict: boolean;
  readonly performed: number;
}

export interface PlanExecutor {
  /** Performs the plan and never throws: what goes wrong is in the outcome. */
  perform(plan: Plan): Promise<PlanOutcome>;
}

export interface PlanExecutorDeps {
  readonly client: ApiClient;
  readonly recorder: EventRecorder;
  readonly logger: Logger;
  readonly fieldManager: string;
}

const maxConcurrentDeletes = 100;

/** One plan under way: what it wrote, and the versions that its own writes left. */
interface Run {
  readonly writes: OwnWrite[];
  readonly failures: Failure[];
  readonly versions: Map<string, string>;
  conflict: boolean;
  performed: number;
}

export function createPlanExecutor(deps: PlanExecutorDeps): PlanExecutor {
  const { client, recorder, logger, fieldManager } = deps;

  const one = async (run: Run, action: WriteAction): Promise<boolean> => {
    try {
      const answer = await performWrite(client, withOwnVersion(action, run.versions), fieldManager);
      run.performed++;
      remember(run, action, answer);
      const followers = followersOf(action, answer);
      return followers.length === 0 || (await sequence(run, followers));
    } catch (error) {
      if (isHarmless(action, error)) return true;
      if (isOutdated(action, error)) run.conflict = true;
      else run.failures.push({ action, reason: reasonOf(error), message: messageOf(error) });
      logger.log('debug', 'an action was refused', { action: describe(action), error: messageOf(error) });
      return false;
    }
  };

  /** One, then two, then four at a time: what refuses the first is not asked a hundred times. */
  const creates = async (run: Run, actions: readonly WriteAction[]): Promise<boolean> => {
    for (let from = 0, size = 1; from < actions.length; from += size, size *= 2) {
      const results = await Promise.all(actions.slice(from, from + size).map((action) => one(run, action)));
      if (results.includes(false)) return false;
    }
    return true;
  };

  const deletes = async (run: Run, actions: readonly WriteAction[]): Promise<boolean> => {
    let good = true;
    for (let from = 0; from < actions.length; from += maxConcurrentDeletes) {
      const batch = actions.slice(from, from + maxConcurrentDeletes);
      const results = await Promise.all(batch.map((action) => one(run, action)));
      good = good && !results.includes(false);
    }
    return good;
  };

  const sequence = async (run: Run, actions: readonly Action[]): Promise<boolean> => {
    for (const group of groupRuns(actions)) {
      const [first] = group;
      if (!first) continue;
      if (first.type === 'event') recorder.event(first.regarding, first.eventType, first.reason, first.message);
      else {
        const writes = group as readonly WriteAction[];
        const perform = first.type === 'create' ? creates : deletes;
        if (!(await perform(run, writes))) return false;
      }
    }
    return true;
  };

  return {
    async perform(plan) {
      const run: Run = { writes: [], failures: [], versions: new Map(), conflict: false, performed: 0 };
      await sequence(run, plan.actions);
      if (run.failures.length > 0 && plan.onFailure) {
        const { failures } = run;
        // Refusals in here are logged by `one`, and must not be reported as new failures of the plan.
        await sequence({ ...run, failures: [] }, plan.onFailure(failures));
      }
      return run;
    },
  };
}

/** Neighbours of the same concurrent type together; everything else alone. */
function groupRuns(actions: readonly Action[]): readonly (readonly Action[])[] {
  const groups: Action[][] = [];
  for (const action of actions) {
    const last = groups.at(-1);
    const concurrent = action.type === 'create' || action.type === 'delete';
    if (concurrent && last?.[0]?.type === action.type) last.push(action);
    else groups.push([action]);
  }
  return groups;
}

function followersOf(action: WriteAction, answer: ApiObject | undefined): readonly Action[] {
  if (action.type === 'create') return answer ? (action.onDone?.(answer) ?? []) : [];
  return action.type === 'delete' ? (action.onDone?.() ?? []) : [];
}

/** An action on an object that this plan has changed already goes on from the version that left. */
function withOwnVersion(action: WriteAction, versions: ReadonlyMap<string, string>): WriteAction {
  if (action.type === 'update' || action.type === 'update-status') {
    const resourceVersion = versions.get(objectKey(action, action.object.metadata));
    if (!resourceVersion) return action;
    return { ...action, object: { ...action.object, metadata: { ...action.object.metadata, resourceVersion } } };
  }
  if (action.type === 'patch' || action.type === 'delete') {
    const resourceVersion = versions.get(objectKey(action, action.target));
    if (!resourceVersion || action.target.resourceVersion === undefined) return action;
    return { ...action, target: { ...action.target, resourceVersion } };
  }
  return action;
}

function objectKey(
  action: Extract<WriteAction, { readonly ref: unknown }>,
  target: { readonly name: string; readonly namespace?: string | undefined },
): string {
  return `${resourceKey(action.ref)}/${target.namespace ?? ''}/${target.name}`;
}

function remember(run: Run, action: WriteAction, answer: ApiObject | undefined): void {
  if (action.type === 'delete-collection' || action.type === 'finalize-namespace') return;
  const version = answer?.metadata.resourceVersion;
  if (action.type === 'delete') {
    const { name, namespace, uid } = action.target;
    if (uid) run.writes.push({ type: 'gone', ref: action.ref, name, namespace, uid });
    return;
  }
  if (!answer || !version) return;
  run.versions.set(objectKey(action, answer.metadata), version);
  run.writes.push({ type: 'version', ref: action.ref, resourceVersion: Number(version) });
}

/** Somebody changed the object since the view showed it, or removed it. */
function isOutdated(action: WriteAction, error: unknown): boolean {
  return isStatus(error, 'Conflict') || (action.type !== 'create' && isStatus(error, 'NotFound'));
}

function reasonOf(error: unknown): StatusReason {
  return error instanceof StatusError ? error.code : 'Unknown';
}

/** Refusals that say that what was wanted is so already, or is wanted no more. */
function isHarmless(action: WriteAction, error: unknown): boolean {
  if (action.type === 'delete' && isStatus(error, 'NotFound')) return true;
  if (action.type !== 'create') return false;
  if (action.ignoreExists && isStatus(error, 'AlreadyExists')) return true;
  const causes = error instanceof StatusError ? (error.status.details?.causes ?? []) : [];
  return causes.some(({ reason }) => reason === 'NamespaceTerminating');
}

function describe(action: WriteAction): string {
  if (action.type === 'finalize-namespace') return `finalize namespace ${action.object.metadata.name}`;
  if (action.type === 'delete-collection') return `delete all ${action.ref.resource} in ${action.namespace}`;
  const { name, namespace } = 'object' in action ? action.object.metadata : action.target;
  return `${action.type} ${action.ref.resource} ${namespace ? `${namespace}/` : ''}${name}`;
}
