import { controllerOf } from '@trireme/api-machinery';
import { deepFreeze } from '@trireme/base';
import { type ApiObject, apiVersionOf, type ResourceRef } from '@trireme/schema';
import type { View } from '../controller.ts';

/** A view that shows exactly these objects, frozen. */
export function createView(objects: readonly ApiObject[]): View {
  const frozen = objects.map(deepFreeze);
  const list = <T extends ApiObject>(ref: ResourceRef<T>, namespace?: string): readonly T[] =>
    frozen.filter(
      (object): object is T =>
        object.kind === ref.kind &&
        object.apiVersion === apiVersionOf(ref) &&
        (!namespace || !ref.namespaced || object.metadata.namespace === namespace),
    );
  return {
    list,
    get: (ref, name, namespace) => list(ref, namespace).find(({ metadata }) => metadata.name === name),
    controlledBy: (ref, uid) => list(ref).filter((object) => (controllerOf(object)?.uid ?? '') === uid),
    dependentsOf: (ref, uid) =>
      list(ref).filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid)),
  };
}
