import { CodedError, createDeferred, type Deferred, messageOf } from '@trireme/base';
import {
  type CancelSignal,
  type Clock,
  KvError,
  type KvErrorCode,
  StoreMemberError,
  type StoreMemberErrorCode,
} from '@trireme/ports';
import { onCancel } from './cancel.ts';
import type { PeerMessage } from './peer-codec.ts';

type Handler = (body: unknown) => Promise<unknown>;

/** Questions that only the leader can answer, asked of whoever leads. Asking twice must do no harm. */
export interface LeaderCalls {
  call(method: string, body: unknown, signal?: CancelSignal): Promise<unknown>;
  receive(from: number, message: PeerMessage & { readonly type: 'call' | 'answer' }): void;
  /** Leadership changed, or time went by. */
  flush(): void;
  tick(): void;
  stop(error: KvError): void;
}

export interface LeaderCallsDeps {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly self: number;
  readonly incarnation: number;
  readonly timeoutMs: number;
  readonly resendMs: number;
  /** 0 while nobody leads. */
  readonly leader: () => number;
  readonly send: (to: number, message: PeerMessage) => void;
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly whyLate: () => KvError;
}

interface Waiting {
  readonly id: number;
  readonly method: string;
  readonly body: unknown;
  readonly dueMs: number;
  readonly answer: Deferred<unknown>;
  sentMs: number;
  sentTo: number;
}

const managementCodes: ReadonlySet<string> = new Set<StoreMemberErrorCode>([
  'member-not-found',
  'member-exists',
  'peer-url-exists',
  'not-learner',
  'learner-not-ready',
  'too-many-learners',
  'unhealthy',
  'not-leader',
  'no-successor',
  'change-in-progress',
]);

function readError([code, message]: readonly [string, string]): Error {
  if (managementCodes.has(code)) return new StoreMemberError(code as StoreMemberErrorCode, message);
  return new KvError(code as KvErrorCode, message);
}

export function createLeaderCalls(deps: LeaderCallsDeps): LeaderCalls {
  const waiting = new Map<number, Waiting>();
  // Late answers to an earlier life of this member must not be taken for answers to this one.
  let lastId = deps.incarnation * 0x100_0000;

  const run = async (method: string, body: unknown): Promise<unknown> => {
    const handler = deps.handlers[method];
    if (!handler) throw new KvError('unavailable', `The leader does not know the call '${method}'. Upgrade it.`);
    return handler(body);
  };
  const finish = (entry: Waiting, settle: () => void): void => {
    if (waiting.delete(entry.id)) settle();
  };
  const ask = (entry: Waiting): void => {
    const leader = deps.leader();
    if (leader === 0) return;
    entry.sentMs = deps.clock.monotonic();
    entry.sentTo = leader;
    if (leader !== deps.self) {
      deps.send(leader, { type: 'call', id: entry.id, method: entry.method, body: entry.body });
      return;
    }
    void run(entry.method, entry.body).then(
      (body) => finish(entry, () => entry.answer.resolve(body)),
      (error: unknown) => finish(entry, () => entry.answer.reject(error)),
    );
  };
  const answer = async (from: number, id: number, method: string, body: unknown): Promise<void> => {
    try {
      deps.send(from, { type: 'answer', id, body: await run(method, body) });
    } catch (error) {
      const code = error instanceof CodedError ? error.code : 'unavailable';
      deps.send(from, { type: 'answer', id, error: [code, messageOf(error)] });
    }
  };

  return {
    call(method, body, signal) {
      const dueMs = deps.clock.monotonic() + deps.timeoutMs;
      const entry: Waiting = { id: ++lastId, method, body, dueMs, answer: createDeferred(), sentMs: 0, sentTo: 0 };
      waiting.set(entry.id, entry);
      ask(entry);
      return onCancel(signal, entry.answer, () => waiting.delete(entry.id));
    },
    receive(from, message) {
      if (message.type === 'call') {
        // Whoever asks takes this member for the leader. If it is not, silence: the asker finds the new one.
        if (deps.leader() === deps.self) void answer(from, message.id, message.method, message.body);
        return;
      }
      const entry = waiting.get(message.id);
      if (!entry) return;
      const { error } = message;
      if (error) finish(entry, () => entry.answer.reject(readError(error)));
      else finish(entry, () => entry.answer.resolve(message.body));
    },
    flush() {
      for (const entry of waiting.values()) if (entry.sentTo !== deps.leader()) ask(entry);
    },
    tick() {
      const now = deps.clock.monotonic();
      for (const entry of [...waiting.values()]) {
        if (entry.dueMs <= now) finish(entry, () => entry.answer.reject(deps.whyLate()));
        else if (entry.sentTo === 0 || (entry.sentTo !== deps.self && now - entry.sentMs >= deps.resendMs)) ask(entry);
      }
    },
    stop(error) {
      for (const entry of [...waiting.values()]) finish(entry, () => entry.answer.reject(error));
    },
  };
}
