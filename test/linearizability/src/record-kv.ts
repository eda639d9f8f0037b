import { hasCode } from '@trireme/base';
import type { Kv, KvErrorCode, LeaseStatus } from '@trireme/ports';
import type { KvHistory, KvInput, KvOperation, KvOutput } from './kv-history.ts';

export interface KvRecorder {
  /** `kv`, with what this client asks written down. */
  record(kv: Kv, client: string | number): Kv;
  /** Everything up to now; operations under way count as open. */
  history(): KvHistory;
}

/** Refusals made before anything was tried: the operation did not happen, and never will. */
const refusals: ReadonlySet<KvErrorCode> = new Set<KvErrorCode>([
  'compacted',
  'future-revision',
  'no-space',
  'too-many-requests',
  'request-too-large',
  'too-many-operations',
  'lease-not-found',
  'lease-exists',
  'lease-ttl-too-large',
  'empty-key',
  'key-not-found',
  'duplicate-key',
  'value-provided',
  'lease-provided',
  'invalid-sort',
]);

/**
 * Writes down what clients ask of a `Kv` and are told, for the checkers. `now` orders events: a counter that rises with
 * each reading is sharpest. A lease may end from its grant on, by time or by revocation.
 */
export function createKvRecorder(now: () => number): KvRecorder {
  const operations = new Set<{ current: KvOperation | undefined }>();
  const begin = (client: string | number, input: KvInput) => {
    const slot: { current: KvOperation | undefined } = {
      current: { client, calledAt: now(), returnedAt: 'unknown', input },
    };
    operations.add(slot);
    return slot;
  };
  const watchOver = async <T>(
    client: string | number,
    input: KvInput,
    run: () => Promise<T>,
    toOutput: (response: T) => KvOutput,
  ): Promise<T> => {
    const slot = begin(client, input);
    const calledAt = slot.current?.calledAt ?? 0;
    try {
      const response = await run();
      slot.current = { client, calledAt, returnedAt: now(), input, output: toOutput(response) };
      return response;
    } catch (error) {
      if (input.type === 'range' || isRefusal(error)) operations.delete(slot);
      throw error;
    }
  };
  return {
    record: (kv, client) => ({
      range: (request, options) =>
        watchOver(
          client,
          { type: 'range', request },
          () => kv.range(request, options),
          (response) => ({ type: 'range', response }),
        ),
      txn: (request, options) =>
        watchOver(
          client,
          { type: 'txn', request },
          () => kv.txn(request, options),
          (response) => ({ type: 'txn', response }),
        ),
      async leaseGrant(request, options): Promise<LeaseStatus> {
        if (request.id !== undefined) begin(client, { type: 'lease-end', lease: request.id });
        const status = await kv.leaseGrant(request, options);
        if (request.id === undefined) begin(client, { type: 'lease-end', lease: status.id });
        return status;
      },
      watch: (request) => kv.watch(request),
      leaseRevoke: (id, options) => kv.leaseRevoke(id, options),
      leaseKeepAlive: (id, options) => kv.leaseKeepAlive(id, options),
      leaseTimeToLive: (id, options) => kv.leaseTimeToLive(id, options),
      leases: (options) => kv.leases(options),
      compact: (revision, options) => kv.compact(revision, options),
      status: (options) => kv.status(options),
    }),
    history: () => [...operations].flatMap(({ current }) => current ?? []),
  };
}

function isRefusal(error: unknown): boolean {
  return [...refusals].some((code) => hasCode(error, code));
}
