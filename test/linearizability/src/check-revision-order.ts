import { isKnown, requireHistory } from './history.ts';
import { describeKvInput, describeKvOutput } from './kv-describe.ts';
import type { KvHistory, KvInput, KvOperation, KvOutput } from './kv-history.ts';
import { emptyStore, type KvStart } from './kv-space.ts';
import { createBudget, type Limit } from './limit.ts';
import { keysChangedBy } from './quiet-times.ts';
import { findTimeFault, type Placed, placeByRevision } from './real-time-order.ts';
import { planRevisions, type RevisionPlan } from './revision-plan.ts';
import { type ReplayFault, replayRevisions } from './revision-replay.ts';
import { drawTimeline } from './timeline.ts';
import type { Verdict } from './verdict.ts';

export interface RevisionOrderRequest {
  /** Of the whole store from `start` on: every write that may have happened is in it. */
  readonly history: KvHistory;
  readonly limit: Limit;
  /** Default: the empty store, at revision 1. */
  readonly start?: KvStart | undefined;
}

const drawnOperations = 12;

/**
 * Whether a `Kv`'s whole history is linearizable in the order of its own revisions: a strong check of near-linear cost,
 * for all keys, ranges, transactions and leases at once. Revisions must be true to real time, each is made by one
 * operation, and every answer is what the port's contract gives at its revision, to the last number.
 */
export function checkRevisionOrder(request: RevisionOrderRequest): Verdict<KvInput, KvOutput> {
  const { history, limit, start = emptyStore } = request;
  requireHistory(history);
  const budget = createBudget(limit);
  const placed = placeByRevision(history);
  const violation = (fault: Omit<ReplayFault, 'revision'>): Verdict<KvInput, KvOutput> => ({
    verdict: 'violation',
    partition: 'store',
    reason: fault.reason,
    linearized: fault.linearized,
    stuck: fault.stuck,
    timeline: draw(fault),
    steps: budget.steps,
  });
  const plan = planRevisions(history, placed, start.revision);
  const obvious = findObviousFault(plan, placed, start);
  if (obvious) return violation(obvious);
  const result = replayRevisions(plan, start, budget);
  if (result.type === 'ok') return { verdict: 'ok', steps: budget.steps };
  if (result.type === 'fault') return violation(result.fault);
  return { verdict: 'unknown', partition: 'store', steps: budget.steps, timeline: draw(result.fault) };
}

/** What is wrong without replaying anything. */
function findObviousFault(
  plan: RevisionPlan,
  placed: readonly Placed[],
  start: KvStart,
): Omit<ReplayFault, 'revision'> | undefined {
  const fault = (reason: string, ...stuck: readonly Placed[]) => ({
    reason,
    stuck: stuck.map(({ operation }) => operation),
    linearized: [],
  });
  const early = placed.find(({ revision, wrote }) => revision < start.revision + (wrote ? 1 : 0));
  if (early) return fault(`${nameOf(early)} is older than the store, which began at ${start.revision}.`, early);
  const time = findTimeFault(placed);
  if (time)
    return fault(
      `${nameOf(time.later)} goes back in time: ${nameOf(time.earlier)} had been answered before it was called.`,
      time.earlier,
      time.later,
    );
  if (plan.clash)
    return fault(`${nameOf(plan.clash[0])} and ${nameOf(plan.clash[1])} claim one revision.`, ...plan.clash);
  for (const write of placed.filter(({ wrote }) => wrote)) {
    for (const key of keysChangedBy(write)) {
      const witness = plan.quiet.find(key, write.revision);
      if (!witness) continue;
      const answer = describeKvOutput(witness.operation.output);
      return fault(
        `${nameOf(witness)} was answered "${answer}", which knows nothing of ${nameOf(write)}.`,
        write,
        witness,
      );
    }
  }
  const writes = placed.filter(({ wrote }) => wrote).length;
  const gaps = plan.last - start.revision - writes;
  if (gaps <= plan.open.length) return undefined;
  const newest = placed.filter(({ revision }) => revision === plan.last);
  return fault(
    `${gaps} revisions up to ${plan.last} were made by nobody, and only ${plan.open.length} operations are open.`,
    ...newest,
  );
}

function nameOf({ operation, revision }: Placed): string {
  return `"${describeKvInput(operation.input)}" of client ${operation.client} (revision ${revision})`;
}

function draw({ linearized, stuck, reason }: Omit<ReplayFault, 'revision'>): string {
  const text = (operation: KvOperation): string =>
    `${describeKvInput(operation.input)} -> ${isKnown(operation) ? describeKvOutput(operation.output) : '?'}`;
  const shown = linearized.slice(-drawnOperations);
  const first = linearized.length - shown.length;
  const rows = [
    ...shown.map((operation, at) => ({ operation, mark: `#${first + at + 1}`, text: text(operation) })),
    ...stuck.map((operation) => ({ operation, mark: isKnown(operation) ? 'stuck' : 'open', text: text(operation) })),
  ];
  const omitted = first > 0 ? `(${first} operations before, in order)\n` : '';
  return `store, in the order of revisions\n${omitted}${drawTimeline(rows)}\n${reason}`;
}
