import { networkInterfaces } from 'node:os';
import { CodedError, cidrAddressAt, parseCidr } from '@trireme/base';

/** 'host:port' -> its parts. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65535) throw new CodedError('bad-address', `read the address "${text}": host:port is needed`);
  return { host: match[1] ?? match[2] ?? '', port };
}

/** The first address of this machine that others can reach; loopback where there is none. */
export function firstAddress(): string {
  for (const addresses of Object.values(networkInterfaces())) {
    const found = addresses?.find((address) => address.family === 'IPv4' && !address.internal);
    if (found) return found.address;
  }
  return '127.0.0.1';
}

/** Which address of the service range is the cluster DNS', by custom. */
export const dnsOrdinal = 10;

/** The n-th address of the service range; the first is the API's. */
export function serviceAddress(cidr: string, ordinal: number): string {
  return cidrAddressAt(parseCidr(cidr), ordinal);
}
