import { semanticEqual } from '@trireme/api-machinery';
import { fromUtf8, messageOf, utf8 } from '@trireme/base';
import { type Kv, prefixEnd, sleep, type Timers } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import { type BootstrapDeps, bootstrapContext, kindOf } from './bootstrap.ts';

/** Where clients inside the cluster reach this member. */
export interface MemberAddress {
  readonly ip: string;
  readonly port: number;
  /** Tells members apart that share an address, as those of one machine do. */
  readonly name?: string | undefined;
}

const prefix = '/registry/masterleases/';
const ttlSeconds = 15;
const everyMs = 5_000;

/**
 * Keeps this member's address on record while it lives, and the endpoints of Service default/kubernetes equal to all that
 * are on record. Runs until the signal aborts, and takes the record away then.
 */
export async function keepMemberEndpoints(
  deps: BootstrapDeps & { readonly kv: Kv },
  own: MemberAddress,
): Promise<void> {
  const { kv, signal, time, logger } = deps;
  if (own.ip.startsWith('127.')) {
    logger.log(
      'warn',
      'a loopback address leads nowhere from inside the cluster: Service kubernetes gets no endpoint',
      { ...own },
    );
    return;
  }
  while (!signal.aborted) {
    try {
      await renew(kv, own);
      await reconcile(deps, await livingMembers(kv), own.port);
    } catch (error) {
      logger.log('warn', 'could not keep the endpoints of this member, trying again', { error: messageOf(error) });
    }
    await sleep(time, everyMs, signal);
  }
}

function recordKey(own: MemberAddress): Uint8Array {
  return utf8(own.name ? `${prefix}${own.ip}/${own.name}` : `${prefix}${own.ip}`);
}

async function renew(kv: Kv, own: MemberAddress): Promise<void> {
  const { id } = await kv.leaseGrant({ ttlSeconds });
  const request = { key: recordKey(own), value: utf8(JSON.stringify(own)), lease: id };
  await kv.txn({ success: [{ type: 'put', request }] });
}

/** A store without a quorum would keep a server that ends waiting; its record expires by itself then. */
const farewellMs = 1_000;

/** Takes the record away, so that no one is sent here any more. */
export async function removeMember(kv: Kv, timers: Timers, own: MemberAddress): Promise<void> {
  const late = new AbortController();
  const timer = timers.after(farewellMs, () => late.abort());
  const request = { key: recordKey(own) };
  try {
    await kv.txn({ success: [{ type: 'delete-range', request }] }, { signal: late.signal });
  } finally {
    timer.cancel();
  }
}

async function livingMembers(kv: Kv): Promise<readonly string[]> {
  const key = utf8(prefix);
  const { kvs } = await kv.range({ key, rangeEnd: prefixEnd(key), keysOnly: true });
  const ips = kvs.map((one) => fromUtf8(one.key).slice(prefix.length).split('/')[0] ?? '');
  return [...new Set(ips)].sort();
}

async function reconcile(deps: BootstrapDeps, ips: readonly string[], port: number): Promise<void> {
  await put(deps, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: ips.map((ip) => ({ ip })), ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  } as ApiObject);
  await put(deps, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  } as ApiObject);
}

async function put(deps: BootstrapDeps, wanted: ApiObject): Promise<void> {
  const kind = kindOf(deps.kinds, wanted);
  if (!kind) return;
  await deps.registry.update({
    kind,
    namespace: 'default',
    name: 'kubernetes',
    subresource: '',
    context: bootstrapContext(),
    change: (current) => {
      const next = {
        ...current,
        ...wanted,
        metadata: { ...current.metadata, labels: { ...current.metadata.labels, ...wanted.metadata.labels } },
      };
      return semanticEqual(next, current) ? current : next;
    },
    createMissing: () => wanted,
  });
}
