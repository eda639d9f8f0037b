import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cidrAddressAt, cidrSubnetAt, cidrsOverlap, formatCidr, parseCidr } from './cidr.ts';

describe('address ranges', () => {
  it.each([
    ['10.244.3.7/16', '10.244.0.0/16'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.168.1.7/32', '192.168.1.7/32'],
    ['fd00:0:0:1::/64', 'fd00:0:0:1::/64'],
    ['2001:db8:0:0:1:0:0:1/128', '2001:db8::1:0:0:1/128'],
    ['::/0', '::/0'],
  ])('%s is read as %s', (text, canonical) => {
    expect(formatCidr(parseCidr(text))).toBe(canonical);
  });

  it.each(['', '10.0.0.0', '10.0.0/8', '10.0.0.256/8', '10.0.0.0/33', 'fd00::1::/64', '1:2:3/64', '10.0.0.0/x'])(
    '%j is no range',
    (text) => {
      expect(() => parseCidr(text)).toThrow('is no CIDR');
    },
  );

  it.each([
    ['10.0.0.0/8', '10.3.4.0/24', true],
    ['10.0.0.0/24', '10.0.1.0/24', false],
    ['192.168.1.7/32', '192.168.1.0/24', true],
    ['fd00::/48', 'fd00:0:0:9::/64', true],
    ['0.0.0.0/0', '::/0', false],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(cidrsOverlap(parseCidr(a), parseCidr(b))).toBe(expected);
  });

  it('are cut into parts that lie inside and do not overlap', () => {
    const index = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(index, index, (i, j) => {
        const whole = parseCidr('10.96.0.0/16');
        const [one, other] = [cidrSubnetAt(whole, 24, i), cidrSubnetAt(whole, 24, j)];
        expect(cidrsOverlap(one, whole)).toBe(true);
        expect(cidrsOverlap(one, other)).toBe(i === j);
        expect(cidrAddressAt(one, 10)).toBe(`10.96.${i}.10`);
      }),
    );
    expect(() => cidrSubnetAt(parseCidr('10.96.0.0/16'), 24, 256)).toThrow('too small');
    expect(() => cidrAddressAt(parseCidr('10.96.0.0/24'), 256)).toThrow('too small');
  });
});
