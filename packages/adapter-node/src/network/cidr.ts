import { CodedError } from '@trireme/base';

/** An IPv4 range: its first address as a number, and the length of its prefix. */
export interface Cidr {
  readonly base: number;
  readonly prefix: number;
}

export function parseCidr(text: string): Cidr {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  const [a = 256, b = 256, c = 256, d = 256] = (match ?? []).slice(1, 5).map(Number);
  const prefix = match?.[5] === undefined ? 32 : Number(match[5]);
  if (!match || Math.max(a, b, c, d) > 255 || prefix > 32) {
    throw new CodedError('invalid-cidr', `read the address range '${text}': write it like 10.244.0.0/16`);
  }
  const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  return { base: (address - (address % 2 ** (32 - prefix))) >>> 0, prefix };
}

export function formatAddress(address: number): string {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.base)}/${cidr.prefix}`;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  const size = 2 ** (32 - Math.min(a.prefix, b.prefix));
  return Math.floor(a.base / size) === Math.floor(b.base / size);
}

/** The address number `index` of a range. */
export function addressAt(cidr: Cidr, index: number): string {
  if (index >= 2 ** (32 - cidr.prefix)) {
    throw new CodedError('range-full', `take address ${index} of ${formatCidr(cidr)}: the range is too small`);
  }
  return formatAddress((cidr.base + index) >>> 0);
}

/** The part number `index` of a range, cut into parts of this prefix. */
export function subnetAt(cidr: Cidr, prefix: number, index: number): Cidr {
  const count = 2 ** (prefix - cidr.prefix);
  if (prefix < cidr.prefix || index >= count) {
    throw new CodedError('range-full', `cut part ${index} of /${prefix} out of ${formatCidr(cidr)}: it is too small`);
  }
  return { base: (cidr.base + index * 2 ** (32 - prefix)) >>> 0, prefix };
}
