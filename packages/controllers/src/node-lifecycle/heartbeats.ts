import type { Lease } from '@trireme/schema/types/coordination/v1';
import type { Node } from '@trireme/schema/types/core/v1';

/**
 * When each node was last seen to be alive, by this process's own clock: the times that a node writes are its own, and
 * its clock may be wrong. This is the one memory of a controller here. Losing it (a new leader) only means that every
 * node has the whole grace period again.
 */
export interface Heartbeats {
  /** The moment at which what the node last wrote was first seen. */
  observe(node: Node, lease: Lease | undefined, nowMs: number): number;
  forget(nodeName: string): void;
}

export function createHeartbeats(): Heartbeats {
  const seen = new Map<string, { readonly sign: string; readonly atMs: number }>();
  return {
    observe(node, lease, nowMs) {
      const { name, uid } = node.metadata;
      const reported = node.status?.conditions?.find(({ type }) => type === 'Ready')?.lastHeartbeatTime;
      const sign = [uid, lease?.spec.renewTime, reported].join('|');
      const known = seen.get(name);
      if (known?.sign === sign) return known.atMs;
      seen.set(name, { sign, atMs: nowMs });
      return nowMs;
    },
    forget: (nodeName) => void seen.delete(nodeName),
  };
}
