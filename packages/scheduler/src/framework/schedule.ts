import type { Pod } from '@trireme/schema/types/core/v1';
import { type NodeRefusal, refusalMessage } from './explain.ts';
import type { NodeInfo } from './node-info.ts';
import type { Plugin } from './plugin.ts';

export type Decision =
  | {
      readonly type: 'placed';
      readonly node: string;
      /** Every feasible node, best first, with what each plugin gave it (weighted). */
      readonly scores: readonly NodeScore[];
      readonly refusals: readonly NodeRefusal[];
    }
  | { readonly type: 'unschedulable'; readonly message: string; readonly refusals: readonly NodeRefusal[] };

export interface NodeScore {
  readonly node: string;
  readonly total: number;
  readonly byPlugin: Readonly<Record<string, number>>;
}

/**
 * Decides where a pod runs. Pure: `tieBreak` in [0, 1) chooses among the equally good, so that with the same snapshot and
 * the same number the answer is the same.
 */
export function schedule(pod: Pod, nodes: readonly NodeInfo[], plugins: readonly Plugin[], tieBreak: number): Decision {
  const prepared = plugins.map((plugin) => ({ plugin, state: plugin.prepare?.(pod, nodes) }));
  const feasible: NodeInfo[] = [];
  const refusals: NodeRefusal[] = [];
  for (const node of nodes) {
    const refusal = firstRefusal(pod, node, prepared);
    if (refusal) refusals.push(refusal);
    else feasible.push(node);
  }
  if (feasible.length === 0)
    return { type: 'unschedulable', message: refusalMessage(nodes.length, refusals), refusals };
  const scores = scoreAll(pod, feasible, prepared);
  const best = scores[0]?.total;
  const equal = scores.filter((score) => score.total === best);
  const chosen = equal[Math.floor(tieBreak * equal.length)] ?? equal[0];
  return { type: 'placed', node: chosen?.node ?? '', scores, refusals };
}

interface Prepared {
  readonly plugin: Plugin;
  readonly state: unknown;
}

function firstRefusal(pod: Pod, node: NodeInfo, prepared: readonly Prepared[]): NodeRefusal | undefined {
  for (const { plugin, state } of prepared) {
    const refusal = plugin.filter?.(pod, node, state);
    if (refusal) return { ...refusal, node: node.name, plugin: plugin.name };
  }
  return undefined;
}

function scoreAll(pod: Pod, nodes: readonly NodeInfo[], prepared: readonly Prepared[]): readonly NodeScore[] {
  const byPlugin: Record<string, number>[] = nodes.map(() => ({}));
  const totals = nodes.map(() => 0);
  for (const { plugin, state } of prepared) {
    if (!plugin.score) continue;
    const raw = nodes.map((node) => plugin.score?.(pod, node, state) ?? 0);
    const scaled = plugin.normalize?.(raw, state) ?? raw;
    scaled.forEach((score, index) => {
      const weighted = score * (plugin.weight ?? 1);
      totals[index] = (totals[index] ?? 0) + weighted;
      const parts = byPlugin[index];
      if (parts) parts[plugin.name] = weighted;
    });
  }
  return nodes
    .map((node, index) => ({ node: node.name, total: totals[index] ?? 0, byPlugin: byPlugin[index] ?? {} }))
    .sort((a, b) => b.total - a.total || (a.node < b.node ? -1 : 1));
}
