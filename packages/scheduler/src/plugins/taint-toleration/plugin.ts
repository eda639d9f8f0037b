import { tolerates, untoleratedTaint } from '@trireme/api-machinery';
import { definePlugin, normalizeByMax } from '../../framework/plugin.ts';

/** Keeps pods off tainted nodes, and prefers nodes with fewer PreferNoSchedule taints that the pod does not tolerate. */
export const taintToleration = definePlugin({
  name: 'TaintToleration',
  weight: 3,
  filter: (pod, { node }) => {
    const taint = untoleratedTaint(pod, node.spec?.taints, ['NoSchedule', 'NoExecute']);
    if (!taint) return undefined;
    return { reasons: [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`], unresolvable: true };
  },
  score: (pod, { node }) => {
    const tolerations = pod.spec.tolerations ?? [];
    const soft = (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule');
    return soft.filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint))).length;
  },
  normalize: (scores) => normalizeByMax(scores, true),
});
