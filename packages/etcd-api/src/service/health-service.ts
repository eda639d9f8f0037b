import { type HealthRequestMessage, RpcError } from '../mapping/index.ts';
import { type RpcMethod, type Send, streams, unary } from './rpc.ts';
import type { ServiceDeps } from './service-deps.ts';
import { untilAborted } from './until-aborted.ts';

/** The numbers of `ServingStatus`. */
const serving = 1;
const notServing = 2;

/** Whether this server takes calls: as in etcd, it has one name, which is empty. */
export function healthMethods({ kv }: Pick<ServiceDeps, 'kv'>): readonly RpcMethod[] {
  const check = async ({ service }: HealthRequestMessage): Promise<object> => {
    if (service) throw new RpcError('not-found', 'unknown service');
    const answers = await kv.status().then(
      () => true,
      () => false,
    );
    return { status: answers ? serving : notServing };
  };
  return [
    unary('/grpc.health.v1.Health/Check', check),
    streams(
      '/grpc.health.v1.Health/Watch',
      async (requests: AsyncIterable<HealthRequestMessage>, send: Send, signal) => {
        for await (const request of requests) await send(await check(request));
        await untilAborted(signal);
      },
    ),
  ];
}
