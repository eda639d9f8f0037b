import { definePlugin, maxScore } from '../../framework/plugin.ts';
import { type Amounts, requestsOfPod } from '../../framework/resources.ts';
import { freeShare } from './fit.ts';

/** Prefers nodes where CPU and memory would be used in like measure, so that neither is left over alone. */
export const nodeResourcesBalanced = definePlugin<Amounts>({
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  prepare: (pod) => requestsOfPod(pod),
  score: (_, node, requests) => {
    const used = ['cpu', 'memory'].map((name) => 1 - freeShare(name, requests, node));
    const mean = used.reduce((sum, share) => sum + share, 0) / used.length;
    const deviation = Math.sqrt(used.reduce((sum, share) => sum + (share - mean) ** 2, 0) / used.length);
    return Math.floor((1 - deviation) * maxScore);
  },
});
