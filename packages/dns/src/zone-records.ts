import { isIpv4, isIpv6 } from './addresses.ts';
import type { DnsRecord, SoaData, SrvData } from './records.ts';
import type { ResolveOptions } from './resolve.ts';
import type { DnsPort, DnsView } from './view.ts';

/** An address that a name stands for. */
export interface Host {
  readonly address: string;
  /** The target of SRV records. */
  readonly name: string;
  readonly ports: readonly DnsPort[];
}

/** The records of one type that hosts give to a name. */
export function hostRecords(
  hosts: readonly Host[],
  name: string,
  type: string,
  ttl: number,
): { readonly records: readonly DnsRecord[]; readonly additionals?: readonly DnsRecord[] } {
  if (type !== 'SRV') {
    const addresses = new Set(hosts.map(({ address }) => address));
    return { records: [...addresses].flatMap((each) => addressRecord(name, each, ttl)).filter((r) => r.type === type) };
  }
  const targets = new Map<string, Omit<SrvData, 'priority' | 'weight'>>();
  for (const host of hosts)
    for (const { port } of host.ports) targets.set(`${host.name} ${port}`, { port, target: host.name });
  const weight = Math.max(1, Math.floor(100 / targets.size));
  return {
    records: [...targets.values()].map((data) => ({ name, ttl, type, data: { priority: 0, weight, ...data } })),
    additionals: hosts.flatMap((host) => (host.name === '' ? [] : addressRecord(host.name, host.address, ttl))),
  };
}

/** None for what is no address. */
export function addressRecord(name: string, address: string, ttl: number): readonly DnsRecord[] {
  if (isIpv4(address)) return [{ name, ttl, type: 'A', data: address }];
  return isIpv6(address) ? [{ name, ttl, type: 'AAAA', data: address }] : [];
}

/** `minimum` is how long the absence of a name may be remembered (RFC 2308). */
export function soa(zone: string, view: DnsView, { clusterDomain, ttlSeconds }: ResolveOptions): DnsRecord {
  const data: SoaData = {
    mname: `ns.dns.${clusterDomain}`,
    rname: `hostmaster.${clusterDomain}`,
    serial: view.serial >>> 0,
    refresh: 7200,
    retry: 1800,
    expire: 86_400,
    minimum: ttlSeconds,
  };
  return { name: zone, ttl: ttlSeconds, type: 'SOA', data };
}
