import { hasCode } from '@trireme/base';
import type { CancelSignal, Kv, LeaseId } from '@trireme/ports';
import {
  fromBigInt,
  headerToMessage,
  type LeaseGrantRequestMessage,
  type LeaseIdMessage,
  type LeaseTimeToLiveRequestMessage,
  timeToLiveToMessage,
  toBigInt,
  toNumber,
} from '../mapping/index.ts';
import { type RpcMethod, streams, unary } from './rpc.ts';
import { headerOf } from './service-deps.ts';

export function leaseMethods({ kv }: { readonly kv: Kv }): readonly RpcMethod[] {
  const header = async () => headerToMessage(await headerOf(kv));
  return [
    unary('/etcdserverpb.Lease/LeaseGrant', async (message: LeaseGrantRequestMessage, signal) => {
      const id = toBigInt(message.ID);
      const ttlSeconds = toNumber(message.TTL);
      const lease = await kv.leaseGrant(id === 0n ? { ttlSeconds } : { ttlSeconds, id }, { signal });
      return { header: await header(), ID: fromBigInt(lease.id), TTL: lease.grantedTtlSeconds };
    }),
    unary('/etcdserverpb.Lease/LeaseRevoke', async (message: LeaseIdMessage, signal) => {
      await kv.leaseRevoke(toBigInt(message.ID), { signal });
      return { header: await header() };
    }),
    unary('/etcdserverpb.Lease/LeaseTimeToLive', async (message: LeaseTimeToLiveRequestMessage, signal) => {
      const status = await kv.leaseTimeToLive(toBigInt(message.ID), { signal, keys: message.keys ?? false });
      return timeToLiveToMessage(status, await headerOf(kv));
    }),
    unary('/etcdserverpb.Lease/LeaseLeases', async (_message, signal) => {
      const ids = await kv.leases({ signal });
      return { header: await header(), leases: ids.map((id) => ({ ID: fromBigInt(id) })) };
    }),
    streams('/etcdserverpb.Lease/LeaseKeepAlive', async (requests: AsyncIterable<LeaseIdMessage>, send, signal) => {
      for await (const message of requests) {
        const id = toBigInt(message.ID);
        const TTL = await renew(kv, id, signal);
        await send({ header: await header(), ID: fromBigInt(id), TTL });
      }
    }),
  ];
}

/** A lease that is gone is told by a time of zero, not by an error: the stream carries other leases too. */
async function renew(kv: Kv, id: LeaseId, signal: CancelSignal): Promise<number> {
  try {
    const { grantedTtlSeconds } = await kv.leaseKeepAlive(id, { signal });
    return grantedTtlSeconds;
  } catch (error) {
    if (hasCode(error, 'lease-not-found')) return 0;
    throw error;
  }
}
