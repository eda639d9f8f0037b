import { CodedError } from '@trireme/base';

/**
 * The addresses of a cluster that has no network: in ranges that lead nowhere (RFC 2544 for machines), so that nothing is
 * reached by mistake.
 */
export const addressPlan = {
  podCidr: '10.128.0.0/9',
  serviceCidr: '10.96.0.0/12',
  dnsAddress: '10.96.0.10',
  clusterDomain: 'cluster.local',
  memberPort: 6443,
  memberIp: (position: number): string => `198.18.0.${position + 1}`,
  nodeIp: (position: number): string => `198.19.${(position + 1) >> 8}.${(position + 1) & 255}`,
  nodePodCidr: (position: number): string => `10.${128 + (position >> 8)}.${position & 255}.0/24`,
} as const;

const mostMembers = 9;
const mostNodes = 10_000;

/** A cluster's size is checked before anything of it is made. */
export function checkSize(members: number, nodes: number): void {
  const isCount = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most;
  if (!isCount(members, 1, mostMembers))
    throw new CodedError('bad-size', `create a cluster of ${members} members: ask for 1 to ${mostMembers}.`);
  if (!isCount(nodes, 0, mostNodes))
    throw new CodedError('bad-size', `create a cluster of ${nodes} nodes: ask for 0 to ${mostNodes}.`);
}
