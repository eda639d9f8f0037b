import { createDeferred, type Deferred } from '@trireme/base';
import { type CancelSignal, type Clock, KvError, type KvErrorCode } from '@trireme/ports';
import type { CommandOutcome } from '../mvcc/index.ts';
import type { LogCommand } from './alarms.ts';
import { onCancel } from './cancel.ts';
import type { Request } from './request-codec.ts';

/** How a batch of requests was taken by whoever leads. */
export type SendOutcome = 'in-own-log' | 'forwarded' | 'later' | { readonly refused: KvErrorCode };

export interface ProposalsDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly origin: number;
  readonly incarnation: number;
  readonly timeoutMs: number;
  /** A forwarded batch may get lost on the way; the same requests are then sent again, and applied once. */
  readonly resendMs: number;
  readonly send: (requests: readonly Request[]) => SendOutcome;
  /** Something waits to be sent. */
  readonly wake: () => void;
  /** Why an answer did not come, for those who waited too long. */
  readonly whyLate: () => KvError;
}

interface Waiting {
  readonly sequence: number;
  readonly command: LogCommand;
  readonly bytes: number;
  readonly dueMs: number;
  readonly outcome: Deferred<CommandOutcome>;
  /** When it was forwarded; 0: not sent; Infinity: in this member's own log as the leader. */
  sentMs: number;
  batch: Batch | undefined;
  /** It left this member, or got into its log, at least once. */
  wasSent: boolean;
}

/** Requests that were forwarded together; over when the first of them is answered, since they are applied together. */
interface Batch {
  isOut: boolean;
}

/** This member's requests that were not answered yet. */
export interface Proposals {
  submit(command: LogCommand, bytes: number, signal?: CancelSignal): Promise<CommandOutcome>;
  /** Sends what waits, in as few batches as fit. */
  flush(): void;
  /** A request of this member was applied. */
  applied(request: Request, outcome: CommandOutcome | 'repeated'): void;
  refused(sequences: readonly number[], code: KvErrorCode): void;
  /** Leadership changed: what was sent may never come. */
  resendAll(): void;
  tick(): void;
  stop(error: KvError): void;
  readonly size: number;
  /** Forwarded batches of which nothing was heard yet. */
  readonly batchesOut: number;
}

const maxBatchBytes = 1 << 20;
const maxBatchRequests = 1024;

export function createProposals(deps: ProposalsDeps): Proposals {
  // In the order of their numbers.
  const waiting = new Map<number, Waiting>();
  let lastSequence = 0;
  let unsent = 0;

  let batchesOut = 0;

  const closeBatch = (entry: Waiting): void => {
    if (entry.batch?.isOut) batchesOut -= 1;
    if (entry.batch) entry.batch.isOut = false;
    entry.batch = undefined;
  };
  const forget = (entry: Waiting): void => {
    if (!waiting.delete(entry.sequence)) return;
    closeBatch(entry);
    if (entry.sentMs === 0) unsent -= 1;
  };
  const fail = (entry: Waiting, error: KvError): void => {
    forget(entry);
    entry.outcome.reject(error);
  };
  const takeBatch = (): Waiting[] => {
    const batch: Waiting[] = [];
    let bytes = 0;
    for (const entry of waiting.values()) {
      if (entry.sentMs !== 0) continue;
      bytes += entry.bytes;
      if (batch.length > 0 && (bytes > maxBatchBytes || batch.length === maxBatchRequests)) break;
      batch.push(entry);
    }
    return batch;
  };
  const toRequest = ({ sequence, command }: Waiting, floor: number): Request => {
    const { origin, incarnation } = deps;
    return { origin, incarnation, sequence, floor, command };
  };

  return {
    get batchesOut() {
      return batchesOut;
    },
    get size() {
      return waiting.size;
    },
    submit(command, bytes, signal) {
      const dueMs = deps.clock.monotonic() + deps.timeoutMs;
      const entry: Waiting = {
        sequence: ++lastSequence,
        command,
        bytes: bytes + 64,
        dueMs,
        outcome: createDeferred(),
        sentMs: 0,
        batch: undefined,
        wasSent: false,
      };
      waiting.set(entry.sequence, entry);
      unsent += 1;
      deps.wake();
      return onCancel(signal, entry.outcome, () => forget(entry));
    },
    flush() {
      while (unsent > 0) {
        const batch = takeBatch();
        // Numbers below the oldest that still waits will not be sent again.
        const floor = (waiting.keys().next().value as number) - 1;
        const outcome = deps.send(batch.map((entry) => toRequest(entry, floor)));
        if (outcome === 'later') return;
        if (typeof outcome === 'object') {
          const { refused } = outcome;
          for (const entry of batch) fail(entry, entry.wasSent ? remoteRefusal(refused) : refusal(refused));
          continue;
        }
        unsent -= batch.length;
        const sentMs = outcome === 'forwarded' ? Math.max(deps.clock.monotonic(), 1) : Number.POSITIVE_INFINITY;
        const together: Batch | undefined = outcome === 'forwarded' ? { isOut: true } : undefined;
        if (together) batchesOut += 1;
        for (const entry of batch) {
          entry.sentMs = sentMs;
          entry.wasSent = true;
          entry.batch = together;
        }
      }
    },
    applied({ sequence }, outcome) {
      const entry = waiting.get(sequence);
      // A request that was sent twice is answered when it is applied; the second time says nothing new.
      if (!entry || outcome === 'repeated') return;
      forget(entry);
      if (outcome.error) entry.outcome.reject(outcome.error);
      else entry.outcome.resolve(outcome);
    },
    refused(sequences, code) {
      for (const sequence of sequences) {
        const entry = waiting.get(sequence);
        if (entry) fail(entry, remoteRefusal(code));
      }
    },
    resendAll() {
      for (const entry of waiting.values()) {
        entry.sentMs = 0;
        closeBatch(entry);
      }
      unsent = waiting.size;
      if (unsent > 0) deps.wake();
    },
    tick() {
      const now = deps.clock.monotonic();
      for (const entry of [...waiting.values()]) {
        if (entry.dueMs <= now) fail(entry, deps.whyLate());
        else if (entry.sentMs !== 0 && now - entry.sentMs >= deps.resendMs) {
          entry.sentMs = 0;
          closeBatch(entry);
          unsent += 1;
        }
      }
      if (unsent > 0) deps.wake();
    },
    stop(error) {
      for (const entry of [...waiting.values()]) fail(entry, error);
    },
  };
}

/** What was sent to a leader may have arrived there twice, or at another one too: its outcome is open. */
function remoteRefusal(code: KvErrorCode): KvError {
  return new KvError('unavailable', `${refusal(code).message} A write may still happen.`);
}

function refusal(code: KvErrorCode): KvError {
  if (code === 'no-space')
    return new KvError(code, "The leader's disk is full, so it takes no writes. Free space on it, then try again.");
  return new KvError(code, 'The leader has too much to do already. Try again in a moment.');
}
