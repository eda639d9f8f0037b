import { hasCode, messageOf } from '@trireme/base';
import { type CancelSignal, type Kv, type Logger, sleep, type Time } from '@trireme/ports';
import { type AutoCompaction, createCompactionPolicy } from './policy.ts';

/** Compacts history by itself while `leads()`, until `signal` aborts. A failure is logged, and tried again at the next look. */
export async function runAutoCompaction(
  deps: {
    readonly kv: Pick<Kv, 'compact' | 'status'>;
    readonly leads: () => boolean;
    readonly time: Time;
    readonly logger: Logger;
  },
  options: AutoCompaction,
  signal: CancelSignal,
): Promise<void> {
  const { kv, time, logger } = deps;
  const policy = createCompactionPolicy(options, time.monotonic());
  const present = async () => (await kv.status({ signal })).header.revision;
  const compact = async (): Promise<void> => {
    const revision = policy.due(time.monotonic(), await present());
    if (revision === undefined) return;
    try {
      await kv.compact(revision, { signal });
      logger.log('info', 'compacted by itself', { revision, mode: options.mode });
    } catch (error) {
      // Somebody else has compacted as far: that is what was wanted.
      if (!hasCode(error, 'compacted')) throw error;
    }
    policy.done(time.monotonic(), revision);
  };

  while (!signal.aborted) {
    try {
      policy.note(await present());
      await sleep(time, policy.everyMs, signal);
      if (!signal.aborted && deps.leads()) await compact();
    } catch (error) {
      if (signal.aborted) return;
      logger.log('warn', 'could not compact; it is tried again', { error: messageOf(error) });
      await sleep(time, policy.everyMs, signal);
    }
  }
}
