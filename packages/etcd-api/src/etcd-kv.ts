import { type CallOptions, type Kv, KvError, type Revision, type Time } from '@trireme/ports';
import { createEtcdWatch } from './etcd-watch.ts';
import { createGrpcChannel, type EtcdClientTls } from './grpc-channel.ts';
import { createLeaseKeeper } from './lease-keeper.ts';
import {
  fromBigInt,
  headerFromMessage,
  type LeaseGrantResponseMessage,
  type LeaseLeasesResponseMessage,
  type LeaseTimeToLiveResponseMessage,
  type RangeResponseMessage,
  rangeResponseFromMessage,
  rangeToMessage,
  type StatusResponseMessage,
  statusFromMessage,
  type TxnResponseMessage,
  timeToLiveFromMessage,
  toBigInt,
  toNumber,
  txnResponseFromMessage,
  txnToMessage,
} from './mapping/index.ts';

export interface EtcdKv extends Kv {
  /** Ends its watches and fails its calls. */
  close(): void;
}

export interface EtcdKvOptions {
  /** 'https://10.0.0.1:2379', any number of members of one cluster. */
  readonly endpoints: readonly string[];
  readonly tls?: EtcdClientTls | undefined;
  readonly time: Time;
  /** `compact` resolves only when the history is gone, not already when the members agreed that it shall go. */
  readonly physicalCompaction?: boolean | undefined;
}

/** Any etcd v3 server as a `Kv`. Nothing is connected before the first call. */
export function createEtcdKv({ endpoints, tls, time, physicalCompaction }: EtcdKvOptions): EtcdKv {
  const channel = createGrpcChannel(endpoints, tls);
  const keeper = createLeaseKeeper(channel);
  const watches = new Set<{ cancel(): void }>();
  // The API does not tell it, so it is the newest that this client has heard of.
  let compactRevision: Revision = 0;
  const compacted = (revision: Revision): void => {
    compactRevision = Math.max(compactRevision, revision);
  };

  const call = async <Response>(path: string, request: object, options: CallOptions | undefined): Promise<Response> =>
    (await channel.unary(path, request, options?.signal)) as Response;

  /** What changes nothing, or the same twice, may be asked again elsewhere. */
  const anywhere = async <Response>(
    ask: () => Promise<Response>,
    options: CallOptions | undefined,
  ): Promise<Response> => {
    for (let left = channel.endpointCount; ; left--) {
      try {
        return await ask();
      } catch (error) {
        const elsewhere = error instanceof KvError && error.code === 'unavailable' && left > 1;
        if (!elsewhere || options?.signal?.aborted) throw error;
      }
    }
  };
  const read = <Response>(path: string, request: object, options: CallOptions | undefined): Promise<Response> =>
    anywhere(() => call<Response>(path, request, options), options);

  return {
    async range(request, options) {
      const message = await read<RangeResponseMessage>('/etcdserverpb.KV/Range', rangeToMessage(request), options);
      return rangeResponseFromMessage(message, headerFromMessage(message.header));
    },
    async txn(request, options) {
      return txnResponseFromMessage(
        await call<TxnResponseMessage>('/etcdserverpb.KV/Txn', txnToMessage(request), options),
      );
    },
    watch(request) {
      const watch = createEtcdWatch({ channel, time, compacted, onEnd: () => watches.delete(watch) }, request);
      watches.add(watch);
      return watch;
    },
    async leaseGrant({ ttlSeconds, id = 0n }, options) {
      const request = { TTL: ttlSeconds, ID: fromBigInt(id) };
      const granted = await call<LeaseGrantResponseMessage>('/etcdserverpb.Lease/LeaseGrant', request, options);
      const ttl = toNumber(granted.TTL);
      return { id: toBigInt(granted.ID), grantedTtlSeconds: ttl, ttlSeconds: ttl };
    },
    async leaseRevoke(id, options) {
      await call('/etcdserverpb.Lease/LeaseRevoke', { ID: fromBigInt(id) }, options);
    },
    leaseKeepAlive: (id, options) => anywhere(() => keeper.keepAlive(id, options), options),
    async leaseTimeToLive(id, options) {
      const keys = options?.keys ?? false;
      const request = { ID: fromBigInt(id), keys };
      const path = '/etcdserverpb.Lease/LeaseTimeToLive';
      return timeToLiveFromMessage(await read<LeaseTimeToLiveResponseMessage>(path, request, options), keys);
    },
    async leases(options) {
      const answer = await read<LeaseLeasesResponseMessage>('/etcdserverpb.Lease/LeaseLeases', {}, options);
      return (answer.leases ?? []).map(({ ID }) => toBigInt(ID));
    },
    async compact(revision, options) {
      await call('/etcdserverpb.KV/Compact', { revision, physical: physicalCompaction ?? false }, options);
      compacted(revision);
    },
    async status(options) {
      const answer = await read<StatusResponseMessage>('/etcdserverpb.Maintenance/Status', {}, options);
      return statusFromMessage(answer, compactRevision);
    },
    close() {
      for (const watch of [...watches]) watch.cancel();
      keeper.close();
      channel.close();
    },
  };
}
