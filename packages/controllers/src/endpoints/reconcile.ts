import { semanticEqual } from '@trireme/api-machinery';
import { endpoints, pods, services } from '@trireme/schema/resources';
import type { Endpoints, Service } from '@trireme/schema/types/core/v1';
import { createAction, targetOf, updateAction } from '../actions.ts';
import { type Controller, nothing, type Plan, splitKey, type View, watchSelf } from '../controller.ts';
import { backendsOf, isHeadless, isSelecting, podToServices } from '../service/backend.ts';
import { countAddresses, maxAddresses, subsetsOf, truncate } from './subsets.ts';

const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const managedBy = 'endpoint-controller';
const headlessLabel = 'service.kubernetes.io/headless';
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';

/** Writes the legacy Endpoints of each Service, under the Service's own name. */
export function createEndpointsController(): Controller {
  return {
    name: 'endpoint',
    reads: [services, pods, endpoints],
    watches: [watchSelf(services), watchSelf(endpoints), podToServices],
    reconcile: reconcileEndpoints,
  };
}

export function reconcileEndpoints(key: string, view: View): Plan {
  const { name, namespace } = splitKey(key);
  const service = view.get(services, name, namespace);
  const known = view.get(endpoints, name, namespace);
  if (!service) {
    // Endpoints that somebody else wrote under a name of no service are not ours to remove.
    if (known?.metadata.labels?.[managedByLabel] !== managedBy) return nothing;
    return { actions: [{ type: 'delete', ref: endpoints, target: targetOf(known) }] };
  }
  if (!isSelecting(service) || service.metadata.deletionTimestamp) return nothing;
  const wanted = endpointsOf(service, known, view);
  if (!known) return { actions: [createAction(endpoints, wanted)] };
  const same =
    semanticEqual(wanted.subsets, known.subsets) &&
    semanticEqual(wanted.metadata.labels, known.metadata.labels) &&
    semanticEqual(wanted.metadata.annotations, known.metadata.annotations);
  return same ? nothing : { actions: [updateAction(endpoints, wanted)] };
}

function endpointsOf(service: Service, known: Endpoints | undefined, view: View): Endpoints {
  const all = subsetsOf(service, backendsOf(service, view));
  const over = countAddresses(all) > maxAddresses;
  const { [overCapacityAnnotation]: _, ...annotations } = known?.metadata.annotations ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...(known?.metadata ?? { name: service.metadata.name, namespace: service.metadata.namespace }),
      labels: {
        ...service.metadata.labels,
        [managedByLabel]: managedBy,
        ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
      },
      annotations: over ? { ...annotations, [overCapacityAnnotation]: 'truncated' } : annotations,
    },
    subsets: over ? truncate(all) : all,
  };
}
