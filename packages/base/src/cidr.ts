import { CodedError } from './coded-error.ts';

/** A block of addresses: its first address as a number, its size in bits, and how many bits address there are at all. */
export interface Cidr {
  readonly base: bigint;
  readonly prefix: number;
  readonly bits: 32 | 128;
}

/** '10.244.0.0/16'. Throws a CodedError 'invalid-cidr' for anything else. */
export function parseCidr(text: string): Cidr {
  const [address = '', prefixText = ''] = text.split('/');
  const bits = address.includes(':') ? 128 : 32;
  const prefix = Number(prefixText);
  const value = bits === 32 ? parseIpv4(address) : parseIpv6(address);
  if (value === undefined || !/^\d+$/.test(prefixText) || prefix > bits) {
    throw new CodedError('invalid-cidr', `"${text}" is no CIDR. Write one like 10.244.0.0/16 or fd00::/48.`);
  }
  const host = BigInt(bits - prefix);
  return { base: (value >> host) << host, prefix, bits };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.base, cidr.bits)}/${cidr.prefix}`;
}

function formatAddress(value: bigint, bits: Cidr['bits']): string {
  return bits === 32 ? formatIpv4(value) : formatIpv6(value);
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
}

/** RFC 5952: the longest run of two or more zero groups is written as '::'. */
function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length === 1) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  if (a.bits !== b.bits) return false;
  const host = BigInt(a.bits - Math.min(a.prefix, b.prefix));
  return a.base >> host === b.base >> host;
}

/** The address number `index` of a range; 0 is the range's own. Throws 'range-full' beyond its end. */
export function cidrAddressAt(cidr: Cidr, index: number): string {
  if (BigInt(index) >= 1n << BigInt(cidr.bits - cidr.prefix)) {
    throw new CodedError('range-full', `take address ${index} of ${formatCidr(cidr)}: the range is too small`);
  }
  return formatAddress(cidr.base + BigInt(index), cidr.bits);
}

/** The part number `index` of a range, cut into parts of this prefix. Throws 'range-full' beyond its end. */
export function cidrSubnetAt(cidr: Cidr, prefix: number, index: number): Cidr {
  if (prefix < cidr.prefix || BigInt(index) >= 1n << BigInt(prefix - cidr.prefix)) {
    throw new CodedError('range-full', `cut part ${index} of /${prefix} out of ${formatCidr(cidr)}: it is too small`);
  }
  return { ...cidr, base: cidr.base + (BigInt(index) << BigInt(cidr.bits - prefix)), prefix };
}
