import { createDeferred, type Deferred } from '@trireme/base';
import { type CallOptions, KvError, type LeaseId, type LeaseStatus } from '@trireme/ports';
import type { GrpcChannel, StreamsCall } from './grpc-channel.ts';
import { fromBigInt, type LeaseKeepAliveResponseMessage, toBigInt, toNumber } from './mapping/index.ts';

const path = '/etcdserverpb.Lease/LeaseKeepAlive';

/** Renews leases over one stream that all of them share, opened when it is first needed. */
export interface LeaseKeeper {
  /** Fails with `unavailable` when the stream is lost before the answer; the next call opens another one. */
  keepAlive(id: LeaseId, options: CallOptions | undefined): Promise<LeaseStatus>;
  close(): void;
}

/** A stream with those who wait for an answer on it, by lease, in the order in which they asked. */
interface Line {
  readonly call: StreamsCall;
  readonly waiting: Map<LeaseId, Deferred<LeaseStatus>[]>;
}

export function createLeaseKeeper(channel: GrpcChannel): LeaseKeeper {
  let current: Line | undefined;

  const open = (): Line => {
    const line: Line = { call: channel.streams(path), waiting: new Map() };
    current = line;
    read(line).then(
      () => drop(line, new KvError('unavailable', `${path}: the server ended the stream. Try again.`)),
      (error: unknown) => drop(line, error),
    );
    return line;
  };

  const drop = (line: Line, error: unknown): void => {
    if (current === line) current = undefined;
    line.call.cancel();
    for (const waiting of line.waiting.values()) for (const each of waiting) each.reject(error);
    line.waiting.clear();
  };

  return {
    async keepAlive(id, options) {
      const signal = options?.signal;
      const givenUp = (): KvError => new KvError('cancelled', `${path}: given up by the caller`);
      if (signal?.aborted) throw givenUp();
      const line = current ?? open();
      const answer = createDeferred<LeaseStatus>();
      const waiting = line.waiting.get(id);
      if (waiting) waiting.push(answer);
      else line.waiting.set(id, [answer]);
      line.call.send({ ID: fromBigInt(id) });
      // Its place is kept, for the answer that is yet to come is its own and nobody else's.
      const abort = (): void => answer.reject(givenUp());
      signal?.addEventListener('abort', abort);
      try {
        return await answer.promise;
      } finally {
        signal?.removeEventListener('abort', abort);
      }
    },
    close() {
      if (current) drop(current, new KvError('stopped', `${path}: this client was closed. Make another one.`));
    },
  };
}

async function read({ call, waiting }: Line): Promise<void> {
  for await (const message of call as AsyncIterable<LeaseKeepAliveResponseMessage>) {
    const id = toBigInt(message.ID);
    const queue = waiting.get(id);
    const first = queue?.shift();
    if (queue?.length === 0) waiting.delete(id);
    const ttl = toNumber(message.TTL);
    if (ttl > 0) first?.resolve({ id, grantedTtlSeconds: ttl, ttlSeconds: ttl });
    else first?.reject(new KvError('lease-not-found', `Lease ${id} is not there: it has expired or was revoked.`));
  }
}
