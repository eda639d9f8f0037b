import { type CancelSignal, KvError } from '@trireme/ports';
import type { LogCommand } from './alarms.ts';
import type { Replica } from './replica.ts';
import { hasPut } from './txn-shape.ts';

/**
 * Keeps the store to its size. Whoever serves a request that would go beyond it raises an alarm for all, which is in the
 * log: from there on every member refuses the same requests, whatever was under way. It stays until somebody ends it.
 */
export interface Quota {
  /** Throws `no-space` where there is none. Deletions, compactions and reads always pass, or a full store would stay full. */
  check(command: LogCommand, bytes: number, signal?: CancelSignal): Promise<void> | undefined;
}

export interface QuotaDeps {
  readonly replica: Replica;
  readonly quotaBytes: number;
  readonly raise: () => Promise<unknown>;
  /** Resolves when this replica holds everything that was acknowledged before the call. */
  readonly barrier: (signal: CancelSignal | undefined) => Promise<void>;
}

export function createQuota({ replica, quotaBytes, raise, barrier }: QuotaDeps): Quota {
  let raising: Promise<void> | undefined;
  const raiseOnce = (): Promise<void> => {
    const done = (): void => {
      raising = undefined;
    };
    // Where nobody can be told, the request is refused all the same.
    raising ??= raise().then(done, done);
    return raising;
  };
  const isOver = (bytes: number): boolean => replica.space.sizeBytes + bytes > quotaBytes;
  const refuse = async (signal: CancelSignal | undefined): Promise<void> => {
    if (replica.alarms.find('no-space')) {
      // This member may not have heard yet that somebody has ended it.
      await barrier(signal);
      if (replica.alarms.find('no-space')) throw alarmError();
      return;
    }
    await raiseOnce();
    throw new KvError(
      'no-space',
      `The store has reached its quota of ${quotaBytes} bytes. Delete keys, compact, and disarm the alarm; or raise the quota.`,
    );
  };
  return {
    check(command, bytes, signal) {
      if (!(isOver(bytes) || replica.alarms.find('no-space')) || !takesSpace(command)) return undefined;
      return refuse(signal);
    },
  };
}

/** What an alarm for lack of space stops. */
export function takesSpace(command: LogCommand): boolean {
  return command.type === 'lease-grant' || (command.type === 'txn' && hasPut(command.request));
}

export function alarmError(): KvError {
  return new KvError(
    'no-space',
    'There is an alarm for lack of space, so nothing is taken that needs some. Delete keys, compact, then disarm it.',
  );
}
