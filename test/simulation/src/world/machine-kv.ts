import { createDeferred } from '@trireme/base';
import { type Kv, KvError, type WatchResponse, type WatchStream } from '@trireme/ports';
import type { Member } from '@trireme/store';
import type { MachineClock } from './machine-clock.ts';

export interface MachineKvDeps {
  readonly clock: MachineClock;
  readonly life: () => number;
  readonly member: () => Member | undefined;
  /** Calls back when the process ends; returns the way to stop that. */
  readonly onEnd: (ending: () => void) => () => void;
}

function lost(): KvError {
  return new KvError('unavailable', 'The process died before it answered.');
}

/** A member as a client of another process has it: calls wait while the process is stopped, and end with it. */
export interface MachineCalls {
  readonly kv: Kv;
  call<T>(action: (member: Member) => Promise<T>): Promise<T>;
}

export function createMachineCalls(deps: MachineKvDeps): MachineCalls {
  const { clock, life } = deps;
  /** Runs in the process; rejects when that ends first. */
  const inProcess = <T>(own: number, action: () => Promise<T>): Promise<T> => {
    const answer = createDeferred<T>();
    const forget = deps.onEnd(() => answer.reject(lost()));
    clock.run(() => {
      if (life() !== own) return;
      action().then(
        (value) => {
          if (life() !== own) return;
          forget();
          answer.resolve(value);
        },
        (error: unknown) => {
          if (life() !== own) return;
          forget();
          answer.reject(error);
        },
      );
    });
    return answer.promise;
  };
  const callMember = <T>(action: (member: Member) => Promise<T>): Promise<T> => {
    const member = deps.member();
    return member ? inProcess(life(), () => action(member)) : Promise.reject(lost());
  };
  const call = <T>(action: (kv: Kv) => Promise<T>): Promise<T> => callMember(({ kv }) => action(kv));
  const watch: Kv['watch'] = (request) => {
    const member = deps.member();
    if (!member || clock.paused) throw lost();
    const own = life();
    const stream = member.kv.watch(request);
    const iterator = stream[Symbol.asyncIterator]();
    const inLife = (action: () => void): void =>
      clock.run(() => {
        if (life() === own) action();
      });
    const facade: WatchStream = {
      cancel: () => inLife(() => stream.cancel()),
      requestProgress: () => inLife(() => stream.requestProgress()),
      [Symbol.asyncIterator]: () => ({
        next: (): Promise<IteratorResult<WatchResponse>> =>
          life() === own ? inProcess(own, () => iterator.next()) : Promise.reject(lost()),
        return() {
          facade.cancel();
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    return facade;
  };
  const kv: Kv = {
    range: (request, options) => call((kv) => kv.range(request, options)),
    txn: (request, options) => call((kv) => kv.txn(request, options)),
    watch,
    leaseGrant: (request, options) => call((kv) => kv.leaseGrant(request, options)),
    leaseRevoke: (id, options) => call((kv) => kv.leaseRevoke(id, options)),
    leaseKeepAlive: (id, options) => call((kv) => kv.leaseKeepAlive(id, options)),
    leaseTimeToLive: (id, options) => call((kv) => kv.leaseTimeToLive(id, options)),
    leases: (options) => call((kv) => kv.leases(options)),
    compact: (revision, options) => call((kv) => kv.compact(revision, options)),
    status: (options) => call((kv) => kv.status(options)),
  };
  return { kv, call: callMember };
}
