import { hasCode } from '@trireme/base';
import type { CancelSignal } from '@trireme/ports';
import { etcdFailure, type RangeRequestMessage } from '../mapping/index.ts';
import { createLeaderWatch } from './leader-watch.ts';
import type { RpcCaller, RpcMethod } from './rpc.ts';
import type { ServiceDeps } from './service-deps.ts';

const rangePath = '/etcdserverpb.KV/Range';
/** What a member that does not vote answers, beside reads that need nobody else. */
const forLearners: ReadonlySet<string> = new Set([
  '/etcdserverpb.Maintenance/Status',
  '/etcdserverpb.Maintenance/Snapshot',
  '/grpc.health.v1.Health/Check',
  '/grpc.health.v1.Health/Watch',
]);

/**
 * Puts before each method what holds for all: who may call, what a learner answers, and that a client which asks for a
 * leader is refused, or its stream ended, while there is none.
 */
export function createGuard(deps: ServiceDeps): (method: RpcMethod) => RpcMethod {
  const { standing, authorize, timers, electionTimeoutMs = 1_000 } = deps;
  const hasLeader = (): boolean => standing === undefined || standing().leaderId !== 0n;
  const leaderWatch = timers && standing ? createLeaderWatch({ timers, hasLeader }, electionTimeoutMs) : undefined;

  const check = (path: string, request: object | undefined, caller: RpcCaller | undefined): void => {
    if (authorize && !authorize(caller)) throw etcdFailure('permission-denied');
    const serializable = path === rangePath && (request as RangeRequestMessage).serializable;
    if (standing?.().isLearner && !serializable && !forLearners.has(path)) throw etcdFailure('not-for-learner');
    if (wantsLeader(caller) && !hasLeader()) throw etcdFailure('no-leader');
  };

  return (method) => {
    const { path } = method;
    if (method.kind === 'unary') {
      return {
        ...method,
        async handle(request: object, signal: CancelSignal, caller?: RpcCaller) {
          check(path, request, caller);
          try {
            return await method.handle(request, signal, caller);
          } catch (error) {
            // A read that found no leader did nothing; etcd says so. Of a write the outcome stays open.
            if (path === rangePath && hasCode(error, 'unavailable') && !hasLeader()) throw etcdFailure('no-leader');
            throw error;
          }
        },
      };
    }
    return {
      ...method,
      async handle(requests, send, signal, caller) {
        check(path, undefined, caller);
        if (!leaderWatch || !wantsLeader(caller)) return method.handle(requests, send, signal, caller);
        await whileThereIsALeader(leaderWatch, signal, (inner) => method.handle(requests, send, inner, caller));
      },
    };
  };
}

function wantsLeader(caller: RpcCaller | undefined): boolean {
  return caller?.metadata('hasleader') === 'true';
}

async function whileThereIsALeader(
  watch: ReturnType<typeof createLeaderWatch>,
  signal: CancelSignal,
  work: (signal: CancelSignal) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const abort = (): void => ending.abort();
  signal.addEventListener('abort', abort);
  const lost = watch.add();
  try {
    await Promise.race([work(ending.signal), lost.promise]);
  } finally {
    lost.leave();
    signal.removeEventListener('abort', abort);
    ending.abort();
  }
}
