import { messageOf } from '@trireme/base';
import { type CancelSignal, type Logger, sleep, type Time } from '@trireme/ports';
import type { Member } from '@trireme/store';

const everyMs = 100;

/** While this member leads, makes every learner that has caught up a voter. Runs until `signal` aborts. */
export async function promoteLearners(
  deps: { readonly time: Time; readonly logger: Logger },
  member: Member,
  signal: CancelSignal,
): Promise<void> {
  while (!signal.aborted) {
    const { learners } = member.status().config;
    if (member.isLeader()) {
      for (const id of learners) {
        try {
          await member.promoteMember(BigInt(id));
          deps.logger.log('info', 'promoted a learner that has caught up', { member: String(id) });
        } catch (error) {
          deps.logger.log('debug', 'learner not promoted yet', { member: String(id), why: messageOf(error) });
        }
      }
    }
    await sleep(deps.time, everyMs, signal);
  }
}
