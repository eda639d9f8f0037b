import type { ApiObject } from '@trireme/schema';
import type { Pod, Toleration } from '@trireme/schema/types/core/v1';
import type { AdmissionPlugin } from '../admission.ts';

const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const seconds = 300;

/** A pod stays for five minutes on a node that is gone, unless it says how long it would. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: ({ operation, kind, subresource }) =>
    operation !== 'DELETE' && subresource === '' && kind.ref.resource === 'pods' && kind.ref.group === '',
  async mutate({ object }) {
    const pod = object as Pod;
    const tolerations = pod.spec.tolerations ?? [];
    const missing = keys.filter((key) => !tolerations.some((toleration) => covers(toleration, key)));
    if (missing.length === 0) return object;
    const added = missing.map(
      (key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds }) as Toleration,
    );
    return { ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...added] } } as ApiObject;
  },
};

function covers({ key, effect }: Toleration, wanted: string): boolean {
  return (key === wanted || !key) && (effect === 'NoExecute' || !effect);
}
