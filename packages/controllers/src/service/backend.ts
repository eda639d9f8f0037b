import { selectorOfLabels } from '@trireme/api-machinery';
import { pods, services } from '@trireme/schema/resources';
import type { Pod, Service, ServicePort } from '@trireme/schema/types/core/v1';
import { keyOf, type View, type Watch, watchOf } from '../controller.ts';
import { isPodReady, isPodTerminal } from '../pod-state.ts';

/** A pod behind a service, and in which state it serves. */
export interface Backend {
  readonly pod: Pod;
  readonly addresses: readonly string[];
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Traffic should go there. A service that publishes addresses that are not ready says so of all. */
  readonly ready: boolean;
}

export function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === 'None';
}

/** Its endpoints are found by its selector; those of others are somebody else's to write. */
export function isSelecting(service: Service): boolean {
  return service.spec.selector !== undefined && service.spec.type !== 'ExternalName';
}

/** All pods of the service that have an address and have not ended. */
export function backendsOf(service: Service, view: View): readonly Backend[] {
  const selector = selectorOfLabels(service.spec.selector);
  if (selector.empty) return [];
  const { publishNotReadyAddresses = false } = service.spec;
  return view
    .list(pods, service.metadata.namespace)
    .filter((pod) => selector.matches(pod.metadata.labels) && !isPodTerminal(pod))
    .map((pod) => {
      const serving = isPodReady(pod);
      const terminating = pod.metadata.deletionTimestamp !== undefined;
      const ready = publishNotReadyAddresses || (serving && !terminating);
      return { pod, addresses: addressesOf(pod), serving, terminating, ready };
    })
    .filter(({ addresses }) => addresses.length > 0);
}

function addressesOf({ status }: Pod): readonly string[] {
  const addresses = (status?.podIPs ?? []).map(({ ip }) => ip);
  if (addresses.length > 0) return addresses;
  return status?.podIP ? [status.podIP] : [];
}

/** The number that a service's port has on this pod; undefined where the pod has no port of that name. */
export function targetPortOn(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  const protocol = port.protocol ?? 'TCP';
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars]) {
    for (const candidate of container.ports ?? []) {
      if (candidate.name === target && (candidate.protocol ?? 'TCP') === protocol) return candidate.containerPort;
    }
  }
  return undefined;
}

/** The name that the pod has under a headless service of its own choosing. */
export function hostnameOf(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec;
  return hostname && subdomain === service.metadata.name ? hostname : undefined;
}

/** A pod touches the services that select it, or did before it changed. */
export const podToServices: Watch = watchOf(pods, (pod, view, old) => {
  if (old && sameForServices(pod, old)) return [];
  const labels = old ? [pod.metadata.labels, old.metadata.labels] : [pod.metadata.labels];
  return view
    .list(services, pod.metadata.namespace)
    .filter((service) => {
      const selector = selectorOfLabels(service.spec.selector);
      return isSelecting(service) && labels.some((each) => selector.matches(each));
    })
    .map(keyOf);
});

/** Most changes of a pod (container statuses, restarts) mean nothing to who reaches it. */
function sameForServices(pod: Pod, old: Pod): boolean {
  const fingerprint = ({ metadata, spec, status }: Pod): string =>
    JSON.stringify([
      metadata.labels,
      metadata.deletionTimestamp !== undefined,
      spec.nodeName,
      spec.hostname,
      spec.subdomain,
      status?.podIP,
      status?.podIPs,
      status?.phase,
      status?.conditions?.find(({ type }) => type === 'Ready')?.status,
    ]);
  return fingerprint(pod) === fingerprint(old);
}
