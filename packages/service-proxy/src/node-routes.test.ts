import type { Node } from '@trireme/schema/types/core/v1';
import { expect, it } from 'vitest';
import { nodeRoutes } from './index.ts';

const node = (name: string, podCIDR: string | undefined, address: string | undefined, type = 'InternalIP'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: podCIDR ? { podCIDR, podCIDRs: [podCIDR] } : {},
  status: { addresses: address ? [{ type, address }] : [] },
});
const self = node('n1', '10.244.0.0/24', '10.0.0.1');
const other = node('n2', '10.244.1.0/24', '10.0.0.2');
const route = { cidr: '10.244.1.0/24', via: '10.0.0.2' };

it.each<[string, readonly Node[], readonly object[]]>([
  ['each other node', [self, other], [route]],
  ['others before it is known itself', [other], [route]],
  ['nothing to itself', [self], []],
  ['nothing without a range', [self, node('n2', undefined, '10.0.0.2')], []],
  ['nothing without an internal address', [self, node('n2', '10.244.1.0/24', '1.2.3.4', 'ExternalIP')], []],
  ['nothing of IPv6', [self, node('n2', 'fd00::/64', 'fd01::2')], []],
  ['its own pods never elsewhere', [self, node('n2', '10.244.0.0/24', '10.0.0.2')], []],
  ['nothing by its own address', [self, node('n2', '10.244.1.0/24', '10.0.0.1')], []],
  ['one of two that claim a range', [self, node('n3', '10.244.1.0/24', '10.0.0.3'), other], [route]],
])('routes to %s', (_, nodes, expected) => {
  expect(nodeRoutes({ nodes, self: 'n1' })).toEqual(expected);
});
