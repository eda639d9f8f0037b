import type { Node } from '@trireme/schema/types/core/v1';
import type { Family } from './rule-set.ts';

export interface Route {
  readonly cidr: string;
  readonly via: string;
}

export interface NodeRoutesInput {
  readonly nodes: Iterable<Node>;
  /** The name of the node whose routes these are. */
  readonly self: string;
  /** Default ip. */
  readonly family?: Family | undefined;
}

/** One route for each other node's pods through that node's internal address, sorted by range. All nodes must share a link. */
export function nodeRoutes({ nodes, self, family = 'ip' }: NodeRoutesInput): readonly Route[] {
  const all = [...nodes].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const isOfFamily = (address: string): boolean => address.includes(':') === (family === 'ip6');
  const rangesOf = ({ spec }: Node): readonly string[] =>
    (spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])).filter(isOfFamily);
  const addressOf = ({ status }: Node): string | undefined =>
    status?.addresses?.find(({ type, address }) => type === 'InternalIP' && isOfFamily(address))?.address;
  const me = all.find(({ metadata }) => metadata.name === self);
  const [own, ownAddress] = [new Set(me && rangesOf(me)), me && addressOf(me)];
  const routes = new Map<string, Route>();
  for (const node of all) {
    const via = addressOf(node);
    if (node === me || via === undefined || via === ownAddress) continue;
    for (const cidr of rangesOf(node)) if (!own.has(cidr) && !routes.has(cidr)) routes.set(cidr, { cidr, via });
  }
  return [...routes.values()].sort((a, b) => (a.cidr < b.cidr ? -1 : 1));
}
