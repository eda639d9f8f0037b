import { isStatus } from '@trireme/api-machinery';
import { equalJson } from '@trireme/base';
import type { ApiClient, InformerFactory } from '@trireme/client';
import type { Logger, Time } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import { endpointslices, nodes, services } from '@trireme/schema/resources';
import type { Service } from '@trireme/schema/types/core/v1';
import {
  type ClusterDnsOptions,
  dnsName,
  dnsNamespace,
  dnsService,
  dnsSlice,
  sliceName,
} from './cluster-dns-objects.ts';
import { createSyncLoop } from './sync-loop.ts';

export interface ClusterDnsDeps {
  readonly client: ApiClient;
  readonly informers: InformerFactory;
  readonly time: Time;
  readonly logger: Logger;
}

export interface ClusterDnsPublisher {
  /** Resolves once the Service and this node's slice are there; goes on trying until then. */
  start(): Promise<void>;
  /** Both stay: another process of this node may answer next. */
  stop(): Promise<void>;
}

const resyncMs = 300_000;

/**
 * Keeps the Service kube-system/kube-dns at the cluster's DNS address, and this node's endpoint in it. Every node does so,
 * and each one's pods are sent to their own node's DNS (internalTrafficPolicy Local). A kube-dns that selects pods was
 * installed by someone, and is left alone.
 */
export function publishClusterDns(deps: ClusterDnsDeps, options: ClusterDnsOptions): ClusterDnsPublisher {
  const { client, informers, logger } = deps;
  const serviceInformer = informers.informer(services);
  const sliceInformer = informers.informer(endpointslices);
  const nodeInformer = informers.informer(nodes);
  const leave: (() => void)[] = [];

  const keepService = async (): Promise<boolean> => {
    const there = serviceInformer.lister.get(dnsName, dnsNamespace);
    if (there) return isOurs(there);
    const created = await createIfMissing(() => client.resource(services).create(dnsService(options)));
    if (created) logger.log('info', 'published the cluster DNS', { address: options.dnsAddress });
    return true;
  };
  const isOurs = (service: Service): boolean => {
    const selects = Object.keys(service.spec?.selector ?? {}).length > 0;
    const elsewhere = service.spec?.clusterIP !== options.dnsAddress;
    if (selects || elsewhere) {
      const fields = { clusterIP: service.spec?.clusterIP, wanted: options.dnsAddress, selects };
      logger.log('warn', 'kube-system/kube-dns is not ours, leaving it alone', fields);
    }
    return !selects && !elsewhere;
  };
  const keepSlice = async (): Promise<void> => {
    const wanted = dnsSlice(options, nodeInformer.lister.get(options.nodeName));
    const there = sliceInformer.lister.get(wanted.metadata.name, dnsNamespace);
    const slices = client.resource(endpointslices);
    if (!there) {
      await createIfMissing(() => slices.create(wanted));
    } else if (!holds(there, wanted)) {
      const { resourceVersion } = there.metadata;
      await slices.update({ ...wanted, metadata: { ...wanted.metadata, resourceVersion } });
    }
  };
  const loop = createSyncLoop(deps, { minPauseMs: 1000, resyncMs, what: 'publish the cluster DNS' }, async () => {
    if (await keepService()) await keepSlice();
  });
  const requestFor =
    (name: string) =>
    ({ metadata }: ApiObject): void => {
      if (metadata.name === name) loop.request();
    };

  return {
    async start() {
      await Promise.all([serviceInformer.whenSynced(), sliceInformer.whenSynced(), nodeInformer.whenSynced()]);
      const [forService, forSlice] = [requestFor(dnsName), requestFor(sliceName(options.nodeName))];
      leave.push(serviceInformer.subscribe({ updated: forService, deleted: forService }));
      leave.push(sliceInformer.subscribe({ updated: forSlice, deleted: forSlice }));
      // A Node that was made anew owns the slice from then on.
      leave.push(nodeInformer.subscribe({ added: requestFor(options.nodeName) }));
      loop.request();
      await loop.whenDone();
    },
    async stop() {
      for (const each of leave.splice(0)) each();
      await loop.stop();
    },
  };
}

/** False where another node, or this one a moment ago, was first. */
async function createIfMissing(create: () => Promise<unknown>): Promise<boolean> {
  try {
    await create();
    return true;
  } catch (error) {
    if (isStatus(error, 'AlreadyExists')) return false;
    throw error;
  }
}

/** The object has all that is wanted; what a server or others added does not count. */
function holds<T extends ApiObject>(there: T, wanted: T): boolean {
  const { metadata, ...content } = wanted;
  const labels = Object.entries(metadata.labels ?? {});
  return (
    Object.entries(content).every(([key, value]) => equalJson((there as Record<string, unknown>)[key], value)) &&
    labels.every(([key, value]) => there.metadata.labels?.[key] === value) &&
    equalJson(there.metadata.ownerReferences ?? [], metadata.ownerReferences ?? [])
  );
}
