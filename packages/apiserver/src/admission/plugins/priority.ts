import { statusErrors } from '@trireme/api-machinery';
import type { ApiObject } from '@trireme/schema';
import { pods, priorityclasses } from '@trireme/schema/resources';
import type { Pod } from '@trireme/schema/types/core/v1';
import type { PriorityClass } from '@trireme/schema/types/scheduling/v1';
import { resourcePrefix } from '../../store/keys.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import type { AdmissionPlugin } from '../admission.ts';

/** Turns a pod's priority class into the number that schedulers and kubelets compare. */
export function priorityAdmission(store: ObjectStore): AdmissionPlugin {
  return {
    name: 'Priority',
    handles: ({ operation, kind, subresource }) =>
      operation === 'CREATE' && subresource === '' && kind.ref.resource === 'pods' && kind.ref.group === '',
    async mutate({ object }) {
      const pod = object as Pod;
      const chosen = pod.spec.priorityClassName
        ? await classNamed(store, pod.spec.priorityClassName, pod.metadata.name ?? '')
        : defaultClass(store);
      const priority = chosen?.value ?? 0;
      if (pod.spec.priority !== undefined && pod.spec.priority !== priority) {
        const why = `the integer value of priority (${pod.spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`;
        throw statusErrors.forbidden(pods, pod.metadata.name ?? '', why);
      }
      const spec = {
        ...pod.spec,
        ...(chosen?.metadata.name && { priorityClassName: chosen.metadata.name }),
        priority,
        preemptionPolicy: chosen?.preemptionPolicy ?? pod.spec.preemptionPolicy ?? 'PreemptLowerPriority',
      };
      return { ...pod, spec } as ApiObject;
    },
  };
}

async function classNamed(store: ObjectStore, name: string, podName: string): Promise<PriorityClass> {
  const found = store.cached(priorityclasses, undefined, name) ?? (await store.read(priorityclasses, undefined, name));
  if (!found) throw statusErrors.forbidden(pods, podName, `no PriorityClass with name ${name} was found`);
  return found.object as PriorityClass;
}

/** Of several classes that call themselves the default, the least. */
function defaultClass(store: ObjectStore): PriorityClass | undefined {
  const all = store.feed.cache(priorityclasses).list(resourcePrefix(priorityclasses));
  const defaults = all.map(({ object }) => object as PriorityClass).filter(({ globalDefault }) => globalDefault);
  return defaults.sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}
