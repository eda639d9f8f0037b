import { matchesTerm, nodeMatchesPod } from '@trireme/api-machinery';
import { definePlugin, normalizeByMax } from '../../framework/plugin.ts';

/** nodeSelector and node affinity: the required part filters, the preferred part scores. */
export const nodeAffinity = definePlugin({
  name: 'NodeAffinity',
  weight: 2,
  filter: (pod, { node }) =>
    nodeMatchesPod(pod, node)
      ? undefined
      : { reasons: ["node(s) didn't match Pod's node affinity/selector"], unresolvable: true },
  score: (pod, { node }) => {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    let score = 0;
    for (const { weight, preference } of preferred) if (matchesTerm(preference, node)) score += weight;
    return score;
  },
  normalize: (scores) => normalizeByMax(scores, false),
});
