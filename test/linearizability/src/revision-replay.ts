import type { Revision } from '@trireme/ports';
import { describeKeyValue, describeKvInput, describeKvOutput } from './kv-describe.ts';
import { type KvOperation, keyText } from './kv-history.ts';
import { type Changes, createKvSpace, type KvSpace, type KvStart } from './kv-space.ts';
import { evaluateKv } from './kv-spec.ts';
import type { Budget } from './limit.ts';
import type { Placed } from './real-time-order.ts';
import type { RevisionPlan } from './revision-plan.ts';

export interface ReplayFault {
  readonly reason: string;
  readonly revision: Revision;
  readonly stuck: readonly KvOperation[];
  /** In the order of revisions. */
  readonly linearized: readonly KvOperation[];
}

export type ReplayResult =
  | { readonly type: 'ok' }
  | { readonly type: 'fault'; readonly fault: ReplayFault }
  | { readonly type: 'limit'; readonly fault: ReplayFault };

/** A revision that no known write made, and the open operations that could have. */
interface Guess {
  readonly revision: Revision;
  readonly candidates: readonly KvOperation[];
  next: number;
}

type Fault = Pick<ReplayFault, 'reason' | 'stuck'>;

/**
 * Replays a store revision by revision and compares every answer. Where a revision is missing, an open operation made
 * it; what later answers show of that revision mostly says which, else each is tried, and taken back when it fails.
 */
export function replayRevisions(plan: RevisionPlan, start: KvStart, budget: Budget): ReplayResult {
  const space = createKvSpace(start);
  const guesses: Guess[] = [];
  const used = new Map<Revision, KvOperation>();
  let furthest: ReplayFault = { reason: 'The limit was reached.', revision: start.revision, stuck: [], linearized: [] };
  let fault = checkReads(space, plan, start.revision);
  for (let revision = start.revision + 1; ; revision++) {
    if (fault) {
      const failedAt = revision - 1;
      if (failedAt >= furthest.revision)
        furthest = { ...fault, revision: failedAt, linearized: collect(plan, used, failedAt) };
      const again = guesses.at(-1);
      if (!again) return { type: 'fault', fault: furthest };
      revision = again.revision;
      space.rollBack(revision - 1);
      for (const later of used.keys()) if (later >= revision) used.delete(later);
    }
    if (revision > plan.last) return { type: 'ok' };
    if (!budget.spend()) return { type: 'limit', fault: furthest };
    const written = plan.writeAt(revision);
    fault = written ? replayWrite(space, written) : fillGap(space, plan, revision, guesses, used);
    fault ??= checkReads(space, plan, revision);
  }
}

function replayWrite(space: KvSpace, write: Placed): Fault | undefined {
  const effect = evaluateKv(space, write.revision - 1, write.operation.input);
  const fault = compareAnswer(write, effect.output && describeKvOutput(effect.output));
  if (!fault) space.write(effect.changes);
  return fault;
}

function checkReads(space: KvSpace, plan: RevisionPlan, revision: Revision): Fault | undefined {
  for (const read of plan.readsAt(revision)) {
    const { output, changes } = evaluateKv(space, revision, read.operation.input);
    const fault = compareAnswer(read, output && describeKvOutput(output), changes);
    if (fault) return fault;
  }
  return undefined;
}

function compareAnswer({ operation, revision }: Placed, expected?: string, changes?: Changes): Fault | undefined {
  const actual = describeKvOutput(operation.output);
  if (expected === actual && !changes?.size) return undefined;
  const asked = `"${describeKvInput(operation.input)}" of client ${operation.client}`;
  return {
    reason: `At revision ${revision}, ${asked} must be answered "${expected ?? 'nothing'}", and was "${actual}".`,
    stuck: [operation],
  };
}

/** Writes what the next candidate would have, or gives the revision up when none is left. */
function fillGap(
  space: KvSpace,
  plan: RevisionPlan,
  revision: Revision,
  guesses: Guess[],
  used: Map<Revision, KvOperation>,
): Fault | undefined {
  let guess = guesses.at(-1);
  if (guess?.revision !== revision) {
    guess = { revision, candidates: candidatesFor(plan, revision, new Set(used.values())), next: 0 };
    guesses.push(guess);
  }
  while (guess.next < guess.candidates.length) {
    const candidate = guess.candidates[guess.next] as KvOperation;
    guess.next += 1;
    const { changes } = evaluateKv(space, revision - 1, candidate.input);
    if (changes.size === 0 || !explains(plan, revision, changes)) continue;
    space.write(changes);
    used.set(revision, candidate);
    return undefined;
  }
  guesses.pop();
  const shown = plan.shownAt(revision).map(describeKeyValue);
  const seen = shown.length > 0 ? `, which answers show as ${[...new Set(shown)].join(' ')}` : '';
  return {
    reason: `No operation can have made revision ${revision}${seen}: none was answered with it, and no open one fits.`,
    stuck: guess.candidates,
  };
}

/** Open operations called in time and not used yet, one of each kind: equal ones can stand for each other. */
function candidatesFor(plan: RevisionPlan, revision: Revision, used: ReadonlySet<KvOperation>): readonly KvOperation[] {
  const deadline = plan.deadlineOf(revision);
  const kinds = new Map<string, KvOperation>();
  for (const operation of plan.open) {
    if (operation.calledAt > deadline) break;
    if (operation.input.type === 'range' || used.has(operation)) continue;
    const kind = describeKvInput(operation.input);
    if (!kinds.has(kind)) kinds.set(kind, operation);
  }
  return [...kinds.values()];
}

function explains(plan: RevisionPlan, revision: Revision, changes: Changes): boolean {
  for (const key of changes.keys()) if (plan.quiet.find(key, revision)) return false;
  return plan.shownAt(revision).every((shown) => {
    const made = changes.get(keyText(shown.key));
    // Values may have been left out of an answer (keysOnly), so the numbers are compared, and the answers in full later.
    return made?.createRevision === shown.createRevision && made.version === shown.version;
  });
}

function collect(plan: RevisionPlan, used: ReadonlyMap<Revision, KvOperation>, end: Revision): readonly KvOperation[] {
  const order: KvOperation[] = [];
  for (let revision = plan.first; revision < end; revision++) {
    const write = plan.writeAt(revision)?.operation ?? used.get(revision);
    if (write) order.push(write);
    for (const read of plan.readsAt(revision)) order.push(read.operation);
  }
  return order;
}
