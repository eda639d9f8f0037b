import { newControllerRef, semanticEqual } from '@trireme/api-machinery';
import { endpointslices, nodes, pods, services } from '@trireme/schema/resources';
import type { Service } from '@trireme/schema/types/core/v1';
import type { Endpoint, EndpointPort, EndpointSlice } from '@trireme/schema/types/discovery/v1';
import { createAction, targetOf, updateAction } from '../actions.ts';
import {
  type Action,
  type Controller,
  nothing,
  type Plan,
  splitKey,
  type View,
  watchOf,
  watchSelf,
} from '../controller.ts';
import { backendsOf, isHeadless, isSelecting, podToServices } from '../service/backend.ts';
import { type AddressType, addressTypesOf, lastChangeTime, type PortGroup, portGroups, portsKey } from './desired.ts';
import { packEndpoints } from './pack.ts';

const serviceNameLabel = 'kubernetes.io/service-name';
const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const managedBy = 'endpointslice-controller.k8s.io';
const headlessLabel = 'service.kubernetes.io/headless';
const lastChangeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Endpoints in one slice at most. */
const maxEndpointsPerSlice = 100;

/** Writes the EndpointSlices of each Service, changing as few of them as it can. */
export function createEndpointSliceController(): Controller {
  return {
    name: 'endpointslice',
    reads: [services, pods, endpointslices, nodes],
    watches: [
      watchSelf(services),
      watchOf(endpointslices, ({ metadata }) => {
        const name = metadata.labels?.[serviceNameLabel];
        return name && metadata.labels?.[managedByLabel] === managedBy ? [`${metadata.namespace}/${name}`] : [];
      }),
      podToServices,
    ],
    reconcile: reconcileEndpointSlices,
  };
}

export function reconcileEndpointSlices(key: string, view: View): Plan {
  const { name, namespace } = splitKey(key);
  const service = view.get(services, name, namespace);
  // Slices of a service that is gone are collected by their owner reference.
  if (!service || !isSelecting(service) || service.metadata.deletionTimestamp) return nothing;
  const backends = backendsOf(service, view);
  const mine = view.controlledBy(endpointslices, service.metadata.uid ?? '').filter(isManaged);
  const types = addressTypesOf(service, backends);
  const stamp = lastChangeTime(service, backends);
  const strangers = mine.filter(({ addressType }) => !types.some((type) => type === addressType)).map(deleteSlice);
  const actions = types.flatMap((type) =>
    reconcileFamily(
      { service, type, stamp },
      mine.filter(({ addressType }) => addressType === type),
      portGroups(service, backends, type, view),
    ),
  );
  return { actions: [...strangers, ...actions] };
}

interface Family {
  readonly service: Service;
  readonly type: AddressType;
  readonly stamp: string | undefined;
}

function isManaged({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[managedByLabel] === managedBy && !metadata.deletionTimestamp;
}

function reconcileFamily(
  family: Family,
  slices: readonly EndpointSlice[],
  groups: ReadonlyMap<string, PortGroup>,
): readonly Action[] {
  // A service without endpoints keeps one empty slice, which says that there are none.
  const wanted = groups.size > 0 ? groups : new Map([[portsKey([]), { ports: [], endpoints: [] }]]);
  const unused = slices.filter((slice) => !wanted.has(portsKey(slice.ports)));
  const actions = [...wanted].flatMap(([key, group]) => {
    const own = slices.filter((slice) => portsKey(slice.ports) === key);
    return reconcileGroup(family, own, group);
  });
  return [...actions, ...unused.map(deleteSlice)];
}

function reconcileGroup(family: Family, slices: readonly EndpointSlice[], group: PortGroup): readonly Action[] {
  const packed = packEndpoints(
    slices.map(({ endpoints }) => endpoints ?? []),
    group.endpoints,
    maxEndpointsPerSlice,
  );
  const kept = packed.kept.flatMap((endpoints, i) => {
    const slice = slices[i];
    if (!slice) return [];
    const last = group.endpoints.length === 0 && i === 0;
    if (endpoints.length === 0 && !last) return [deleteSlice(slice)];
    return updateSlice(family, slice, endpoints);
  });
  const added = packed.added.length > 0 || slices.length > 0 ? packed.added : [[]];
  return [...kept, ...added.map((endpoints) => createSlice(family, group.ports, endpoints))];
}

function labelsOf(service: Service): Readonly<Record<string, string>> {
  return {
    ...service.metadata.labels,
    ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: managedBy,
  };
}

function createSlice(family: Family, ports: readonly EndpointPort[], endpoints: readonly Endpoint[]): Action {
  const { service, type, stamp } = family;
  return createAction(endpointslices, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: '',
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels: labelsOf(service),
      ...(stamp ? { annotations: { [lastChangeAnnotation]: stamp } } : {}),
      ownerReferences: [newControllerRef(service, services)],
    },
    addressType: type,
    endpoints,
    ...(ports.length > 0 ? { ports } : {}),
  });
}

function updateSlice(family: Family, slice: EndpointSlice, endpoints: readonly Endpoint[]): readonly Action[] {
  const { service, stamp } = family;
  const labels = labelsOf(service);
  if (semanticEqual(endpoints, slice.endpoints) && semanticEqual(labels, slice.metadata.labels)) return [];
  const annotations = { ...slice.metadata.annotations, ...(stamp ? { [lastChangeAnnotation]: stamp } : {}) };
  return [updateAction(endpointslices, { ...slice, metadata: { ...slice.metadata, labels, annotations }, endpoints })];
}

function deleteSlice(slice: EndpointSlice): Action {
  return { type: 'delete', ref: endpointslices, target: targetOf(slice) };
}
