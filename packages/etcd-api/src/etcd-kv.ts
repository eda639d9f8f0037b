import {
  type CallOptions,
  type Kv,
  KvError,
  type LeaseId,
  type LeaseStatus,
  type Revision,
  type Time,
} from '@trireme/ports';
import { createEtcdWatch } from './etcd-watch.ts';
import { createGrpcChannel, type EtcdClientTls, type GrpcChannel } from './grpc-channel.ts';
import {
  fromBigInt,
  headerFromMessage,
  type LeaseGrantResponseMessage,
  type LeaseKeepAliveResponseMessage,
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
}

/** Any etcd v3 server as a `Kv`. Nothing is connected before the first call. */
export function createEtcdKv({ endpoints, tls, time }: EtcdKvOptions): EtcdKv {
  const channel = createGrpcChannel(endpoints, tls);
  const watches = new Set<{ cancel(): void }>();
  // The API does not tell it, so it is the newest that this client has heard of.
  let compactRevision: Revision = 0;
  const compacted = (revision: Revision): void => {
    compactRevision = Math.max(compactRevision, revision);
  };

  const call = async <Response>(path: string, request: object, options: CallOptions | undefined): Promise<Response> =>
    (await channel.unary(path, request, options?.signal)) as Response;

  /** A read may be made again elsewhere, since it changes nothing. */
  const read = async <Response>(path: string, request: object, options: CallOptions | undefined): Promise<Response> => {
    for (let left = channel.endpointCount; ; left--) {
      try {
        return await call<Response>(path, request, options);
      } catch (error) {
        const elsewhere = error instanceof KvError && error.code === 'unavailable' && left > 1;
        if (!elsewhere || options?.signal?.aborted) throw error;
      }
    }
  };

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
    leaseKeepAlive: (id, options) => keepAlive(channel, id, options),
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
      await call('/etcdserverpb.KV/Compact', { revision }, options);
      compacted(revision);
    },
    async status(options) {
      const answer = await read<StatusResponseMessage>('/etcdserverpb.Maintenance/Status', {}, options);
      return statusFromMessage(answer, compactRevision);
    },
    close() {
      for (const watch of [...watches]) watch.cancel();
      channel.close();
    },
  };
}

/** A stream with one question and one answer, for the API has no call for that. */
async function keepAlive(channel: GrpcChannel, id: LeaseId, options: CallOptions | undefined): Promise<LeaseStatus> {
  const path = '/etcdserverpb.Lease/LeaseKeepAlive';
  if (options?.signal?.aborted) throw new KvError('cancelled', `${path}: given up before it was called`);
  const call = channel.streams(path);
  const abort = (): void => call.cancel();
  options?.signal?.addEventListener('abort', abort);
  try {
    call.send({ ID: fromBigInt(id) });
    for await (const message of call as AsyncIterable<LeaseKeepAliveResponseMessage>) {
      const ttl = toNumber(message.TTL);
      if (ttl <= 0) throw new KvError('lease-not-found', `Lease ${id} is not there: it has expired or was revoked.`);
      return { id, grantedTtlSeconds: ttl, ttlSeconds: ttl };
    }
    throw new KvError('unavailable', `${path}: the server ended the call without an answer. Try again.`);
  } finally {
    options?.signal?.removeEventListener('abort', abort);
    call.cancel();
  }
}
