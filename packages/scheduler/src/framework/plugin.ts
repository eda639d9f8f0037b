import type { Pod } from '@trireme/schema/types/core/v1';
import type { NodeInfo } from './node-info.ts';

/**
 * A rule of scheduling. To add one: a folder under plugins/ and a line in plugins/registry.ts. Every part is optional and
 * pure; `prepare` runs once per pod, and what it returns is handed to the other two.
 */
export interface Plugin<State = unknown> {
  readonly name: string;
  /** Work that is the same for all nodes. */
  prepare?(pod: Pod, nodes: readonly NodeInfo[]): State;
  /** Why the pod cannot run on this node; undefined where it can. */
  filter?(pod: Pod, node: NodeInfo, state: State): Refusal | undefined;
  /** How well the node suits: higher is better, on the plugin's own scale. */
  score?(pod: Pod, node: NodeInfo, state: State): number;
  /** Brings the plugin's own scale to 0..100 over all feasible nodes. Absent: scores are on that scale already. */
  normalize?(scores: readonly number[], state: State): readonly number[];
  /** What the plugin's score counts against the others'. */
  readonly weight?: number;
}

export interface Refusal {
  /** In upstream's words, which people search for: 'Insufficient cpu'. One node may give several. */
  readonly reasons: readonly string[];
  /** True where no change of other pods could help (a preemption is not worth trying). */
  readonly unresolvable: boolean;
}

export const maxScore = 100;

/** Scales so that the best node has 100; `inverse` where a lower score was better. All zero stays all zero (or all best). */
export function normalizeByMax(scores: readonly number[], inverse: boolean): readonly number[] {
  const most = Math.max(0, ...scores);
  if (most === 0) return scores.map(() => (inverse ? maxScore : 0));
  return scores.map((score) => {
    const scaled = Math.floor((score * maxScore) / most);
    return inverse ? maxScore - scaled : scaled;
  });
}

/** Keeps the types of one plugin's state together, and forgets them for the registry. */
export function definePlugin<State>(plugin: Plugin<State>): Plugin {
  return plugin as Plugin;
}
