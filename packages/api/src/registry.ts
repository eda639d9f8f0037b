import type { GroupVersionKind, ResourceRef } from '@trireme/schema';
import { customResourceDefinitionKind } from './apiextensions/custom-resource-definition/kind.ts';
import { controllerRevisionKind } from './apps/controller-revision/kind.ts';
import { daemonSetKind } from './apps/daemon-set/kind.ts';
import { deploymentKind } from './apps/deployment/kind.ts';
import { replicaSetKind } from './apps/replica-set/kind.ts';
import { statefulSetKind } from './apps/stateful-set/kind.ts';
import { leaseKind } from './coordination/lease/kind.ts';
import { configMapKind } from './core/config-map/kind.ts';
import { endpointsKind } from './core/endpoints/kind.ts';
import { eventKind } from './core/event/kind.ts';
import { namespaceKind } from './core/namespace/kind.ts';
import { nodeKind } from './core/node/kind.ts';
import { podKind } from './core/pod/kind.ts';
import { secretKind } from './core/secret/kind.ts';
import { serviceKind } from './core/service/kind.ts';
import { serviceAccountKind } from './core/service-account/kind.ts';
import { endpointSliceKind } from './discovery/endpoint-slice/kind.ts';
import { eventsEventKind } from './events/event/kind.ts';
import type { Kind } from './kind.ts';
import { clusterRoleKind } from './rbac/cluster-role/kind.ts';
import { clusterRoleBindingKind } from './rbac/cluster-role-binding/kind.ts';
import { roleKind } from './rbac/role/kind.ts';
import { roleBindingKind } from './rbac/role-binding/kind.ts';
import { priorityClassKind } from './scheduling/priority-class/kind.ts';

/** Every kind that is built in and stored. A new kind is a folder and a line here. */
export const builtinKinds: readonly Kind[] = [
  configMapKind,
  endpointsKind,
  eventKind,
  namespaceKind,
  nodeKind,
  podKind,
  secretKind,
  serviceKind,
  serviceAccountKind,
  customResourceDefinitionKind,
  controllerRevisionKind,
  daemonSetKind,
  deploymentKind,
  replicaSetKind,
  statefulSetKind,
  leaseKind,
  endpointSliceKind,
  eventsEventKind,
  clusterRoleKind,
  clusterRoleBindingKind,
  roleKind,
  roleBindingKind,
  priorityClassKind,
];

/** Finds kinds by either of their names. Custom resources get a registry of their own beside the built-in one. */
export interface KindRegistry {
  readonly kinds: readonly Kind[];
  byResource(ref: Pick<ResourceRef, 'group' | 'version' | 'resource'>): Kind | undefined;
  byGvk(gvk: GroupVersionKind): Kind | undefined;
}

export function createKindRegistry(kinds: readonly Kind[]): KindRegistry {
  const key = (group: string, version: string, name: string): string => `${group}/${version}/${name}`;
  const byResource = new Map(kinds.map((kind) => [key(kind.ref.group, kind.ref.version, kind.ref.resource), kind]));
  const byKind = new Map(kinds.map((kind) => [key(kind.ref.group, kind.ref.version, kind.ref.kind), kind]));
  return {
    kinds,
    byResource: ({ group, version, resource }) => byResource.get(key(group, version, resource)),
    byGvk: ({ group, version, kind }) => byKind.get(key(group, version, kind)),
  };
}

export const builtinRegistry: KindRegistry = createKindRegistry(builtinKinds);
