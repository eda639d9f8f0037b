import { messageOf, utf8 } from '@trireme/base';
import { type Kv, type Logger, sleep, type Time } from '@trireme/ports';

const key = utf8('compact_rev_key');

export interface CompactorDeps {
  readonly kv: Kv;
  readonly time: Time;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Lets the store forget what is older than `intervalMs`. All members run it; whoever writes the record of a round does its
 * compaction, so that each round happens once. The record's key and rule are upstream's, so both may share a store.
 */
export async function keepCompacting({ kv, time, logger, signal }: CompactorDeps, intervalMs = 300_000): Promise<void> {
  let known = { version: 0, revision: 0 };
  while (!signal.aborted) {
    try {
      const round = await claimRound(kv, known.version, known.revision);
      // The revision of the round before is an interval old by now.
      if (round.won && known.revision > 0) await kv.compact(known.revision);
      known = round.next;
    } catch (error) {
      logger.log('warn', 'could not compact the store, trying again', { error: messageOf(error) });
    }
    await sleep(time, intervalMs, signal);
  }
}

interface Round {
  readonly won: boolean;
  readonly next: { readonly version: number; readonly revision: number };
}

async function claimRound(kv: Kv, version: number, revision: number): Promise<Round> {
  const answer = await kv.txn({
    compare: [{ key, target: 'version', result: 'equal', value: version }],
    success: [{ type: 'put', request: { key, value: utf8(String(revision)) } }],
    failure: [{ type: 'range', request: { key } }],
  });
  if (answer.succeeded) return { won: true, next: { version: version + 1, revision: answer.header.revision } };
  const first = answer.responses[0];
  const found = first?.type === 'range' ? first.response.kvs[0] : undefined;
  return { won: false, next: { version: found?.version ?? 0, revision: answer.header.revision } };
}
