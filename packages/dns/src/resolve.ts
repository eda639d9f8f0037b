import { addressOfLabel, reverseAddress } from './addresses.ts';
import { type Answer, type DnsRecord, refusal } from './records.ts';
import type { DnsEndpoint, DnsService, DnsView } from './view.ts';
import { addressRecord, type Host, hostRecords, soa } from './zone-records.ts';

export interface ResolveOptions {
  /** Without dots at its ends, lower case. */
  readonly clusterDomain: string;
  readonly ttlSeconds: number;
}

export interface Question {
  /** Lower case, without the final dot. */
  readonly name: string;
  /** 'A' */
  readonly type: string;
}

/**
 * The answer of the cluster's own names (Kubernetes DNS-Based Service Discovery 1.1.0). Undefined for names that are not the
 * cluster's. `leadsTo`: the name outside the cluster that the answer's last CNAME points to.
 */
export interface Resolution {
  readonly answer: Answer;
  readonly leadsTo?: string | undefined;
  /** Nothing is known under a reverse name, which other servers may know. */
  readonly mayForward?: boolean | undefined;
}

/** What a name stands for. */
type Finding =
  | { readonly found: 'nothing' }
  /** The name exists without records that were asked for. */
  | { readonly found: 'empty' }
  | { readonly found: 'hosts'; readonly hosts: readonly Host[] }
  | { readonly found: 'alias'; readonly target: string }
  | { readonly found: 'records'; readonly records: readonly DnsRecord[]; readonly additionals?: readonly DnsRecord[] };

const schemaVersion = '1.1.0';
// An alias of an alias of an alias: more than anyone means.
const maxAliases = 8;

export function resolve(question: Question, view: DnsView, options: ResolveOptions): Resolution | undefined {
  const { clusterDomain, ttlSeconds } = options;
  const address = reverseAddress(question.name);
  if (address !== undefined) return resolveReverse(question, address, view, options);
  const records: DnsRecord[] = [];
  let { name } = question;
  for (let aliases = 0; aliases <= maxAliases; aliases++) {
    const labels = labelsBelow(name, clusterDomain);
    if (!labels) {
      // Only an alias leads here; the first name of all is not the cluster's.
      return aliases === 0 ? undefined : { answer: positive(records), leadsTo: name };
    }
    const finding = find(labels, view, options, question.type);
    if (finding.found !== 'alias') return { answer: conclude(finding, { ...question, name }, records, view, options) };
    records.push({ name, ttl: ttlSeconds, type: 'CNAME', data: finding.target });
    if (question.type === 'CNAME') return { answer: positive(records) };
    name = finding.target;
  }
  return { answer: refusal('SERVFAIL') };
}

/** The labels of a name before the zone's; undefined outside the zone. */
function labelsBelow(name: string, zone: string): readonly string[] | undefined {
  if (name === zone) return [];
  return name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1).split('.') : undefined;
}

function find(labels: readonly string[], view: DnsView, options: ResolveOptions, type: string): Finding {
  const kind = labels.at(-1);
  if (kind === undefined) return findApex(view, options, type);
  const rest = labels.slice(0, -1);
  if (kind === 'svc') return findService(rest, view, options);
  if (kind === 'pod') return findPod(rest, view);
  if (labels.length === 1 && kind === 'dns-version') return findVersion(options, type);
  if (labels.join('.') === 'ns.dns') return findNameServer(view);
  return kind === 'dns' && labels.length === 1 ? { found: 'empty' } : { found: 'nothing' };
}

/** Under `svc`: port names, hosts, Services and namespaces, told apart by the number of labels. */
function findService(labels: readonly string[], view: DnsView, options: ResolveOptions): Finding {
  const [namespace, name, ...before] = labels.toReversed();
  if (namespace === undefined) return { found: 'empty' };
  if (name === undefined) return view.hasNamespace(namespace) ? { found: 'empty' } : { found: 'nothing' };
  const service = view.service(namespace, name);
  if (!service || before.length > 2) return { found: 'nothing' };
  const domain = `${name}.${namespace}.svc.${options.clusterDomain}`;
  const [first, second] = before;
  if (second !== undefined) return hostsOf(portHosts(service, view, domain, second, first ?? ''));
  if (first !== undefined) {
    const { externalName } = service;
    if (externalName !== undefined) return { found: 'nothing' };
    return hostsOf(endpointHosts(view, service, domain).filter((host) => host.name === `${first}.${domain}`));
  }
  if (service.externalName !== undefined) return { found: 'alias', target: service.externalName };
  return hostsOf(serviceHosts(service, view, domain));
}

/** '_http' and '_tcp': the hosts that have such a port, with that port alone. */
function portHosts(service: DnsService, view: DnsView, domain: string, port: string, protocol: string): Host[] {
  if (!port.startsWith('_') || !protocol.startsWith('_')) return [];
  return serviceHosts(service, view, domain).flatMap((host) => {
    const ports = host.ports.filter((each) => `_${each.name}` === port && `_${each.protocol}` === protocol);
    return ports.length === 0 ? [] : [{ ...host, ports }];
  });
}

function serviceHosts(service: DnsService, view: DnsView, domain: string): readonly Host[] {
  if (service.clusterIps.length === 0) return endpointHosts(view, service, domain);
  return service.clusterIps.map((address) => ({ address, name: domain, ports: service.ports }));
}

function endpointHosts(view: DnsView, { namespace, name }: DnsService, domain: string): readonly Host[] {
  return view
    .endpoints(namespace, name)
    .map(({ address, label, ports }: DnsEndpoint) => ({ address, name: `${label}.${domain}`, ports }));
}

function hostsOf(hosts: readonly Host[]): Finding {
  return hosts.length === 0 ? { found: 'nothing' } : { found: 'hosts', hosts };
}

/** Any address is answered for, without a look whether such a pod is there: whoever knows the name knows the address. */
function findPod(labels: readonly string[], view: DnsView): Finding {
  const [namespace, label, ...before] = labels.toReversed();
  if (namespace === undefined) return { found: 'empty' };
  if (label === undefined) return view.hasNamespace(namespace) ? { found: 'empty' } : { found: 'nothing' };
  const address = before.length === 0 ? addressOfLabel(label) : undefined;
  return address === undefined ? { found: 'nothing' } : hostsOf([{ address, name: '', ports: [] }]);
}

function findApex(view: DnsView, options: ResolveOptions, type: string): Finding {
  const { clusterDomain, ttlSeconds } = options;
  if (type === 'SOA') return { found: 'records', records: [soa(clusterDomain, view, options)] };
  if (type !== 'NS') return { found: 'empty' };
  const server = `ns.dns.${clusterDomain}`;
  return {
    found: 'records',
    records: [{ name: clusterDomain, ttl: ttlSeconds, type: 'NS', data: server }],
    additionals: nameServerAddresses(view).flatMap((address) => addressRecord(server, address, ttlSeconds)),
  };
}

function findNameServer(view: DnsView): Finding {
  const addresses = nameServerAddresses(view);
  return { found: 'hosts', hosts: addresses.map((address) => ({ address, name: '', ports: [] })) };
}

function nameServerAddresses(view: DnsView): readonly string[] {
  return view.service('kube-system', 'kube-dns')?.clusterIps ?? [];
}

function findVersion({ clusterDomain, ttlSeconds }: ResolveOptions, type: string): Finding {
  if (type !== 'TXT') return { found: 'empty' };
  const name = `dns-version.${clusterDomain}`;
  return { found: 'records', records: [{ name, ttl: ttlSeconds, type: 'TXT', data: schemaVersion }] };
}

function conclude(
  finding: Exclude<Finding, { found: 'alias' }>,
  { name, type }: Question,
  aliases: readonly DnsRecord[],
  view: DnsView,
  options: ResolveOptions,
): Answer {
  const { clusterDomain, ttlSeconds } = options;
  const negative = (code: 'NOERROR' | 'NXDOMAIN'): Answer => ({
    ...positive(aliases),
    code,
    authorities: [soa(clusterDomain, view, options)],
  });
  if (finding.found === 'nothing') return negative('NXDOMAIN');
  if (finding.found === 'empty') return negative('NOERROR');
  const { records, additionals = [] } =
    finding.found === 'records' ? finding : hostRecords(finding.hosts, name, type, ttlSeconds);
  if (records.length === 0) return negative('NOERROR');
  return { ...positive([...aliases, ...records]), additionals };
}

function resolveReverse({ name, type }: Question, address: string, view: DnsView, options: ResolveOptions): Resolution {
  const { clusterDomain, ttlSeconds: ttl } = options;
  const names = view.namesOf(address);
  const zone = 'in-addr.arpa';
  const negative = { ...positive([]), authorities: [soa(zone, view, options)] };
  if (names.length === 0) return { answer: { ...negative, code: 'NXDOMAIN' }, mayForward: true };
  if (type !== 'PTR') return { answer: negative };
  const records = names.map(
    (labels): DnsRecord => ({ name, ttl, type: 'PTR', data: `${labels.join('.')}.${clusterDomain}` }),
  );
  return { answer: positive(records) };
}

function positive(answers: readonly DnsRecord[]): Answer {
  return { code: 'NOERROR', authoritative: true, answers, authorities: [], additionals: [] };
}
