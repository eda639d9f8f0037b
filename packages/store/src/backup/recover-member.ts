import { CodedError, emptyBytes } from '@trireme/base';
import type { Disk, Logger, Time } from '@trireme/ports';
import { openLog } from '../log/index.ts';
import { openCheckpoints, type StateLevel } from '../member/checkpoints.ts';
import {
  type ConfigChange,
  type Configuration,
  changeConfiguration,
  type Entry,
  isJoint,
  membersOf,
} from '../raft/index.ts';

export interface RecoverDeps {
  /** Of the member, which does not run. */
  readonly id: bigint;
  readonly disk: Disk;
  readonly level: StateLevel;
  readonly time: Time;
  readonly logger: Logger;
}

export interface RecoveryPlan {
  /** Everything up to here is kept. */
  readonly lastIndex: number;
  /** Of that, what this member has not heard to be acknowledged: it may have been, and is kept. */
  readonly uncertainEntries: number;
  /** Who is given up. None: the member is alone already. */
  readonly removed: readonly bigint[];
}

/**
 * Makes a member the only one of its cluster, for when the majority is lost for good: the others are taken out of its log as
 * if all had agreed. What was acknowledged by them alone is lost, and none of them may ever start again with its data.
 *
 * As etcd does with --force-new-cluster, but for what is at the end of the log and not known to be committed. etcd drops
 * it; here it is kept, because an acknowledged write may be among it, and one that was not acknowledged may happen.
 */
export async function recoverMember(deps: RecoverDeps, { dryRun = false } = {}): Promise<RecoveryPlan> {
  const { disk, time, logger } = deps;
  const { stored } = await openCheckpoints(deps.level, time);
  const applied = stored?.meta.replica ?? { index: 0, term: 0 };
  const { log, contents } = await openLog(
    { disk, time, logger },
    { applied: { index: applied.index, term: applied.term } },
  );
  try {
    const { entries, hardState, mark } = contents;
    const last = entries.at(-1) ?? mark;
    if (last.index === 0 && !stored)
      throw new CodedError('no-state', 'recover the member: its data folder is empty. Give that of a member that ran.');
    const id = Number(deps.id);
    const config = configAtEnd(stored?.meta.replica.config, applied.index, entries);
    const changes = changesToOne(config, id);
    const term = Math.max(hardState.term, last.term) + 1;
    const added = changes.map(
      (change, i): Entry => ({ index: last.index + 1 + i, term, kind: 'config', change, data: emptyBytes }),
    );
    const plan: RecoveryPlan = {
      lastIndex: last.index,
      uncertainEntries: Math.max(0, last.index - Math.max(hardState.commit, applied.index)),
      removed: membersOf(config)
        .filter((each) => each !== id)
        .map(BigInt),
    };
    if (!dryRun && added.length > 0)
      await log.append({ hardState: { term, vote: id, commit: last.index + added.length }, entries: added });
    return plan;
  } finally {
    await log.close();
  }
}

function configAtEnd(config: Configuration | undefined, applied: number, entries: readonly Entry[]): Configuration {
  let current = config ?? { voters: [], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
  for (const entry of entries) {
    if (entry.kind !== 'config' || entry.index <= applied) continue;
    const next = changeConfiguration(current, entry.change);
    // A refused change is no change, here as when it is applied.
    if ('config' in next) current = next.config;
  }
  return current;
}

function changesToOne(config: Configuration, id: number): readonly ConfigChange[] {
  const changes: ConfigChange[] = [];
  let current = config;
  const make = (change: ConfigChange): void => {
    const next = changeConfiguration(current, change);
    if ('refusal' in next) throw new CodedError('refused', `recover the member: ${next.refusal}`);
    changes.push(change);
    current = next.config;
  };
  if (isJoint(current)) make({ changes: [], transition: 'auto' });
  if (!current.voters.includes(id)) make({ changes: [{ type: 'add-voter', id }], transition: 'auto' });
  for (const other of membersOf(current)) {
    if (other !== id) make({ changes: [{ type: 'remove', id: other }], transition: 'auto' });
  }
  return changes;
}
