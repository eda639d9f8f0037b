import { type Cidr, formatCidr, parseCidr } from '@trireme/base';
import { nodes } from '@trireme/schema/resources';
import type { Node } from '@trireme/schema/types/core/v1';
import { eventAction, unchangedTargetOf } from '../actions.ts';
import { type Action, type Controller, type Plan, type View, watchOf } from '../controller.ts';
import { firstFree } from './first-free.ts';

export interface NodeIpamOptions {
  /** One range, or one for each address family. */
  readonly clusterCidrs: readonly string[];
  /** Default 24. */
  readonly nodeMaskSizeIpv4?: number | undefined;
  /** Default 64. */
  readonly nodeMaskSizeIpv6?: number | undefined;
  /** Ranges that no node may have: those of Services. */
  readonly reservedCidrs?: readonly string[] | undefined;
}

/** All nodes are looked at under one key, so that no two can be given the same block. */
const allKey = 'all';
const retryMs = 30_000;

/** Gives each node a block of pod addresses, from the cluster's range. */
export function createNodeIpamController(options: NodeIpamOptions): Controller {
  const { nodeMaskSizeIpv4 = 24, nodeMaskSizeIpv6 = 64, reservedCidrs = [] } = options;
  const reserved = reservedCidrs.map(parseCidr);
  const ranges = options.clusterCidrs.map(parseCidr).map((range) => ({
    range,
    prefix: range.bits === 32 ? nodeMaskSizeIpv4 : nodeMaskSizeIpv6,
  }));
  return {
    name: 'node-ipam',
    reads: [nodes],
    watches: [watchOf(nodes, (node, _, old) => (old && cidrsOf(node).length > 0 ? [] : [allKey]))],
    reconcile: (_, view) => allocate(ranges, reserved, view),
  };
}

interface Range {
  readonly range: Cidr;
  readonly prefix: number;
}

function allocate(ranges: readonly Range[], reserved: readonly Cidr[], view: View): Plan {
  const all = view.list(nodes);
  const taken = [...reserved, ...all.flatMap(cidrsOf).map(parseCidr)];
  const actions: Action[] = [];
  let exhausted = false;
  for (const node of all) {
    if (cidrsOf(node).length > 0 || node.metadata.deletionTimestamp) continue;
    const blocks = ranges.map(({ range, prefix }) => firstFree(range, prefix, taken));
    const found = blocks.filter((block) => block !== undefined);
    if (found.length < ranges.length) {
      exhausted = true;
      const text = `Node ${node.metadata.name} status is now: CIDRNotAvailable`;
      actions.push(eventAction(node, 'Normal', 'CIDRNotAvailable', text));
      continue;
    }
    taken.push(...found);
    actions.push(assign(node, found.map(formatCidr)));
  }
  return { actions, requeueAfterMs: exhausted ? retryMs : undefined };
}

function cidrsOf({ spec }: Node): readonly string[] {
  if (spec?.podCIDRs && spec.podCIDRs.length > 0) return spec.podCIDRs;
  return spec?.podCIDR ? [spec.podCIDR] : [];
}

function assign(node: Node, podCIDRs: readonly string[]): Action {
  const patch = { spec: { podCIDR: podCIDRs[0] ?? '', podCIDRs } };
  return { type: 'patch', ref: nodes, target: unchangedTargetOf(node), patch };
}
