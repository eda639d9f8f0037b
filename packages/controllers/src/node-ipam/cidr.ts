import { CodedError } from '@trireme/base';

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

export function formatCidr({ base, prefix, bits }: Cidr): string {
  return `${bits === 32 ? formatIpv4(base) : formatIpv6(base)}/${prefix}`;
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

export function overlaps(a: Cidr, b: Cidr): boolean {
  if (a.bits !== b.bits) return false;
  const host = BigInt(a.bits - Math.min(a.prefix, b.prefix));
  return a.base >> host === b.base >> host;
}

/** The first block of this size inside `range` that overlaps nothing that is taken; undefined where there is none left. */
export function firstFree(range: Cidr, prefix: number, taken: readonly Cidr[]): Cidr | undefined {
  const step = 1n << BigInt(range.bits - prefix);
  const end = range.base + (1n << BigInt(range.bits - range.prefix));
  // What is taken is walked once in order, so that thousands of nodes do not make this quadratic.
  const relevant = taken.filter((each) => overlaps(each, range)).toSorted((a, b) => (a.base < b.base ? -1 : 1));
  let base = range.base;
  for (const each of relevant) {
    if (base + step <= each.base) break;
    const after = each.base + (1n << BigInt(each.bits - each.prefix));
    if (after > base) base = ((after - range.base + step - 1n) / step) * step + range.base;
  }
  return base + step <= end ? { base, prefix, bits: range.bits } : undefined;
}
