/**
 * What a node's kernel must do so that Services work on it, as data: a rule set made from Services and EndpointSlices,
 * its nftables text, the smallest change from one rule set to the next, the UDP connections to forget, the routes to
 * other nodes. Pure: the same input always gives the same text.
 *
 * @example
 * import { changeNft, nodeRoutes, renderNft, serviceRules, staleConnections } from '@trireme/service-proxy';
 *
 * const before = serviceRules({ services, endpointSlices, nodeName: 'n1', nodeAddresses: ['10.0.0.2'],
 *   podCidr: '10.244.0.0/24', clusterCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/12' });
 * await nft.apply(renderNft(before));
 * const script = changeNft(before, after); // '' where nothing changes
 * for (const filter of staleConnections(before, after)) await conntrack.forget(filter);
 */
export { changeNft } from './change-nft.ts';
export { type NodeRoutesInput, nodeRoutes, type Route } from './node-routes.ts';
export { renderNft } from './render-nft.ts';
export type { Family, NftChain, NftSet, RuleSet, UdpFrontend } from './rule-set.ts';
export { type ServiceRulesInput, type ServiceRulesOptions, serviceRules } from './service-rules.ts';
export { staleConnections } from './stale-connections.ts';
