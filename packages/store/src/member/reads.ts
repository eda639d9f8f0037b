import { createDeferred, type Deferred } from '@trireme/base';
import type { CancelSignal, Clock, KvError } from '@trireme/ports';
import { onCancel } from './cancel.ts';

export interface ReadsDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly incarnation: number;
  readonly timeoutMs: number;
  readonly retryMs: number;
  /** Asks consensus; false where nobody leads. */
  readonly ask: (context: number) => boolean;
  readonly appliedIndex: () => number;
  readonly wake: () => void;
  readonly whyLate: () => KvError;
}

interface Batch {
  readonly readers: Set<Reader>;
  askedMs: number;
  /** Known once consensus has answered. */
  index: number | undefined;
}

interface Reader {
  readonly done: Deferred<void>;
  readonly dueMs: number;
}

/** Linearizable reads: one question to consensus for all reads of a turn, then a wait until this replica is there. */
export interface Reads {
  /** Resolves when the local replica holds everything that was acknowledged before the call. */
  barrier(signal?: CancelSignal): Promise<void>;
  /** Resolves when the local replica has applied `index`. */
  reached(index: number, signal?: CancelSignal): Promise<void>;
  flush(): void;
  answered(context: number, index: number): void;
  applied(): void;
  /** Leadership changed: questions that are out may never be answered. */
  askAgain(): void;
  tick(): void;
  stop(error: KvError): void;
}

export function createReads(deps: ReadsDeps): Reads {
  let next = new Set<Reader>();
  const asked = new Map<number, Batch>();
  // Late answers to an earlier life of this member must not be taken for answers to this one.
  let lastContext = deps.incarnation * 0x100_0000;

  const finishReady = (): void => {
    const applied = deps.appliedIndex();
    for (const [context, batch] of asked) {
      if (batch.index === undefined || batch.index > applied) continue;
      asked.delete(context);
      for (const reader of batch.readers) reader.done.resolve();
    }
  };
  const requeue = (context: number, batch: Batch): void => {
    asked.delete(context);
    for (const reader of batch.readers) next.add(reader);
    deps.wake();
  };
  const groups = (): readonly Set<Reader>[] => [next, ...Array.from(asked.values(), (batch) => batch.readers)];

  const newReader = (): Reader => ({ done: createDeferred(), dueMs: deps.clock.monotonic() + deps.timeoutMs });
  const answerOf = (reader: Reader, signal: CancelSignal | undefined): Promise<void> =>
    onCancel(signal, reader.done, () => {
      for (const group of groups()) group.delete(reader);
    });

  return {
    barrier(signal) {
      const reader = newReader();
      next.add(reader);
      deps.wake();
      return answerOf(reader, signal);
    },
    reached(index, signal) {
      const reader = newReader();
      lastContext += 1;
      asked.set(lastContext, { readers: new Set([reader]), askedMs: deps.clock.monotonic(), index });
      finishReady();
      return answerOf(reader, signal);
    },
    flush() {
      if (next.size === 0 || !deps.ask(lastContext + 1)) return;
      lastContext += 1;
      asked.set(lastContext, { readers: next, askedMs: deps.clock.monotonic(), index: undefined });
      next = new Set();
    },
    answered(context, index) {
      const batch = asked.get(context);
      if (!batch) return;
      batch.index = index;
      finishReady();
    },
    applied: finishReady,
    askAgain() {
      for (const [context, batch] of [...asked]) if (batch.index === undefined) requeue(context, batch);
    },
    tick() {
      const now = deps.clock.monotonic();
      for (const group of groups()) {
        for (const reader of group) {
          if (reader.dueMs > now) continue;
          group.delete(reader);
          reader.done.reject(deps.whyLate());
        }
      }
      for (const [context, batch] of [...asked]) {
        if (batch.readers.size === 0) asked.delete(context);
        else if (batch.index === undefined && now - batch.askedMs >= deps.retryMs) requeue(context, batch);
      }
      if (next.size > 0) deps.wake();
    },
    stop(error) {
      for (const group of groups()) for (const reader of group) reader.done.reject(error);
      next = new Set();
      asked.clear();
    },
  };
}
