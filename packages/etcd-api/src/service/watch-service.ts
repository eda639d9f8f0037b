import { createDeferred } from '@trireme/base';
import type { WatchRequestMessage } from '../mapping/index.ts';
import { type RpcMethod, streams } from './rpc.ts';
import type { ServiceDeps } from './service-deps.ts';
import { untilAborted } from './until-aborted.ts';
import { createWatchSession } from './watch-session.ts';

export function watchMethods(deps: ServiceDeps): readonly RpcMethod[] {
  return [
    streams('/etcdserverpb.Watch/Watch', async (requests: AsyncIterable<WatchRequestMessage>, send, signal) => {
      const failure = createDeferred<never>();
      const session = createWatchSession(deps, send, (error) => failure.reject(error));
      const serve = async (): Promise<void> => {
        for await (const message of requests) await session.take(message);
        // As in etcd, a client that has no more to ask goes on hearing of its watches until it leaves.
        await untilAborted(signal);
      };
      try {
        await Promise.race([serve(), failure.promise, untilAborted(signal)]);
      } finally {
        session.close();
      }
    }),
  ];
}
