import { selectorOf } from '@trireme/api-machinery';
import type { ApiObject } from '@trireme/schema';
import type { LabelSelector } from '@trireme/schema/types/meta/v1';
import type { ScaleBinding } from '../kind.ts';

interface Scalable extends ApiObject {
  readonly spec: { readonly replicas?: number | undefined; readonly selector: LabelSelector };
  readonly status?: { readonly replicas?: number | undefined } | undefined;
}

/** How workloads that count replicas are scaled: they all keep the numbers in the same places. */
export function replicasScale<T extends Scalable>(): ScaleBinding<T> {
  return {
    specReplicas: ({ spec }) => spec.replicas ?? 0,
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorOf(spec.selector).toString(),
    withReplicas: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
  };
}
