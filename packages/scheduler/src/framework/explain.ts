import type { Refusal } from './plugin.ts';

/** Why one node was refused, and by whom. */
export interface NodeRefusal extends Refusal {
  readonly node: string;
  readonly plugin: string;
}

/**
 * The one line that the pod's event and condition carry, in upstream's form: how many nodes there are, and how many gave
 * each reason.
 */
export function refusalMessage(nodes: number, refusals: readonly NodeRefusal[]): string {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const { reasons } of refusals) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const texts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const help = refusals.filter((refusal) => refusal.unresolvable).length;
  const preemption: string[] = [];
  if (help > 0) preemption.push(`${help} Preemption is not helpful for scheduling`);
  if (nodes > help) preemption.push(`${nodes - help} No preemption victims found for incoming pod`);
  return `0/${nodes} nodes are available: ${texts.join(', ')}. preemption: 0/${nodes} nodes are available: ${preemption.join(', ')}.`;
}
