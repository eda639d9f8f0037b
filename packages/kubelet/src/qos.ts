import type { Pod } from '@trireme/schema/types/core/v1';
import { resourceUnits } from './quantity-value.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'];

/** How well a pod is protected when the node runs short. https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
export function qosClassOf(pod: Pod): QosClass {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  let any = false;
  let guaranteed = true;
  for (const { resources } of containers) {
    for (const resource of counted) {
      const limit = resourceUnits(resource, resources?.limits?.[resource]);
      const request = resourceUnits(resource, resources?.requests?.[resource] ?? resources?.limits?.[resource]);
      if (limit > 0 || request > 0) any = true;
      if (limit === 0 || limit !== request) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** Where the pod's containers are accounted: '/kubepods/burstable/pod<uid>'; guaranteed pods stand at the root. */
export function cgroupParentOf(pod: Pod, rootCgroup: string): string {
  const qos = qosClassOf(pod);
  const parent = qos === 'Guaranteed' ? rootCgroup : `${rootCgroup}/${qos.toLowerCase()}`;
  return `${parent}/pod${pod.metadata.uid}`;
}
