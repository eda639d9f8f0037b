import { cidrsOverlap, formatCidr, parseCidr } from '@trireme/base';
import type { Node } from '@trireme/schema/types/core/v1';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createView, describePlan } from '../testing/index.ts';
import { firstFree } from './first-free.ts';
import { createNodeIpamController } from './reconcile.ts';

const node = (name: string, ...podCIDRs: readonly string[]): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: name },
  spec: podCIDRs.length > 0 ? { podCIDR: podCIDRs[0], podCIDRs } : {},
});

describe('CIDRs', () => {
  it.each([
    ['10.244.0.0/16', '10.244.0.0/16'],
    ['10.244.7.9/24', '10.244.7.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['fd00::/48', 'fd00::/48'],
    ['2001:db8:0:0:1:0:0:0/80', '2001:db8:0:0:1::/80'],
    ['::/0', '::/0'],
    ['1:2:3:4:5:6:7:8/128', '1:2:3:4:5:6:7:8/128'],
  ])('%s reads %s', (text, expected) => {
    expect(formatCidr(parseCidr(text))).toBe(expected);
  });

  it.each(['', '10.0.0.0', '10.0.0/8', '256.0.0.0/8', '10.0.0.0/33', '1::2::3/64', 'g::/8', '10.0.0.0/'])(
    '%s is none',
    (text) => {
      expect(() => parseCidr(text)).toThrow('is no CIDR');
    },
  );

  it('are free where nothing overlaps, and the first such is found', () => {
    const range = parseCidr('10.0.0.0/24');
    const blocks = Array.from({ length: 8 }, (_, i) => parseCidr(`10.0.0.${i * 32}/27`));
    const some = fc.array(fc.tuple(fc.nat(255), fc.integer({ min: 23, max: 32 })), { maxLength: 12 });
    fc.assert(
      fc.property(some, (pairs) => {
        const taken = pairs.map(([host, prefix]) => parseCidr(`10.0.0.${host}/${prefix}`));
        const model = blocks.find((block) => !taken.some((each) => cidrsOverlap(block, each)));
        expect(firstFree(range, 27, taken)).toEqual(model);
      }),
    );
  });
});

describe('node ipam', () => {
  const plan = (objects: readonly Node[], options: Partial<Parameters<typeof createNodeIpamController>[0]> = {}) =>
    createNodeIpamController({ clusterCidrs: ['10.244.0.0/16'], ...options }).reconcile('all', createView(objects), 0);

  it('gives every node a block of its own, and leaves those that have one', () => {
    expect(describePlan(plan([node('a'), node('b', '10.244.0.0/24'), node('c')]))).toEqual([
      'patch nodes a {"spec":{"podCIDR":"10.244.1.0/24","podCIDRs":["10.244.1.0/24"]}}',
      'patch nodes c {"spec":{"podCIDR":"10.244.2.0/24","podCIDRs":["10.244.2.0/24"]}}',
    ]);
  });

  it('gives one of each family, keeps clear of services, and says when nothing is left', () => {
    const clusterCidrs = ['10.0.0.0/23', 'fd00::/48'];
    const full = plan([node('a'), node('b')], { clusterCidrs, reservedCidrs: ['10.0.0.0/25'] });
    expect(describePlan(full)).toEqual([
      'patch nodes a {"spec":{"podCIDR":"10.0.1.0/24","podCIDRs":["10.0.1.0/24","fd00::/64"]}}',
      'event Normal CIDRNotAvailable: Node b status is now: CIDRNotAvailable',
    ]);
    expect(full.requeueAfterMs).toBe(30_000);
  });
});
