import type { Informer, InformerFactory } from '@trireme/client';
import type { View } from '@trireme/controllers';
import type { ApiObject, ResourceRef } from '@trireme/schema';

/** A View over the informers of the resources that a controller has declared to read. */
export interface InformerView extends View {
  informerOf<T extends ApiObject>(ref: ResourceRef<T>): Informer<T> | undefined;
  whenSynced(): Promise<void>;
}

export function createInformerView(
  informers: InformerFactory,
  reads: readonly ResourceRef<ApiObject>[],
  reader: string,
): InformerView {
  const byResource = new Map(reads.map((ref) => [resourceKey(ref), informers.informer(ref)]));
  // The informer under a resource's key holds objects of that resource.
  const informerOf = <T extends ApiObject>(ref: ResourceRef<T>): Informer<T> | undefined =>
    byResource.get(resourceKey(ref)) as unknown as Informer<T> | undefined;
  const listerOf = <T extends ApiObject>(ref: ResourceRef<T>): Informer<T>['lister'] => {
    const informer = informerOf(ref);
    if (!informer) throw new TypeError(`${reader} reads ${ref.resource}, which it did not declare. Add it to 'reads'.`);
    return informer.lister;
  };
  return {
    informerOf,
    get: (ref, name, namespace) => listerOf(ref).get(name, namespace),
    list: (ref, namespace) => listerOf(ref).list(namespace),
    controlledBy: (ref, ownerUid) => listerOf(ref).controlledBy(ownerUid),
    dependentsOf: (ref, ownerUid) => listerOf(ref).dependentsOf(ownerUid),
    async whenSynced() {
      await Promise.all([...byResource.values()].map((informer) => informer.whenSynced()));
    },
  };
}

export function resourceKey(ref: Pick<ResourceRef, 'group' | 'version' | 'resource'>): string {
  return `${ref.group}/${ref.version}/${ref.resource}`;
}
