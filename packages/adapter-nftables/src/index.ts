/**
 * A node's packet filter, tracked connections and routes, through the programs nft, conntrack and ip. They act on the
 * network namespace that this process is in.
 *
 * @example
 * import { createConntrack, createNftables, createRoutes } from '@trireme/adapter-nftables';
 *
 * const nft = createNftables({ logger });
 * await nft.apply('table ip trireme {}\n');
 * console.log(await nft.list());
 * await createConntrack({ logger }).forget(['-p', 'udp', '--orig-dst', '10.96.0.10']);
 * await createRoutes({ logger }).replace({ cidr: '10.244.1.0/24', via: '10.0.0.2' });
 */
export { createConntrack } from './conntrack.ts';
export { createNftables, type NftablesOptions } from './nftables.ts';
export { createRoutes, type RoutesOptions } from './routes.ts';
export type { ToolDeps, ToolErrorCode } from './run-tool.ts';
