import { tolerates } from '@trireme/api-machinery';
import { definePlugin } from '../../framework/plugin.ts';

const cordoned = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

/** A cordoned node takes only pods that tolerate just that (those of DaemonSets). */
export const nodeUnschedulable = definePlugin({
  name: 'NodeUnschedulable',
  filter: (pod, { node }) => {
    if (!node.spec?.unschedulable) return undefined;
    if (pod.spec.tolerations?.some((toleration) => tolerates(toleration, cordoned))) return undefined;
    return { reasons: ['node(s) were unschedulable'], unresolvable: true };
  },
});
