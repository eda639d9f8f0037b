import { type FieldPath, fieldErrors } from '@trireme/api-machinery';
import type { ServiceSpec } from '@trireme/schema/types/core/v1';
import { type Findings, mustBeOneOfIfSet, mustFit } from '../../field-rules.ts';
import { ipErrors, isIpv4 } from '../../ip-rules.ts';

export const headless = 'None';

/** Has no address of its own: its name answers with the addresses of its pods. */
export function isHeadless(spec: ServiceSpec): boolean {
  return spec.clusterIPs?.length === 1 ? spec.clusterIPs[0] === headless : spec.clusterIP === headless;
}

/** Every type but ExternalName has an address, or 'None' in its place. */
export function needsClusterIp({ type }: ServiceSpec): boolean {
  return type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer';
}

export function needsNodePort(spec: ServiceSpec): boolean {
  if (spec.type === 'NodePort') return true;
  return spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false;
}

/** A load balancer that prefers local endpoints asks nodes, on a port, whether they have any. */
export function needsHealthCheckPort(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

function withAddresses(spec: ServiceSpec, clusterIPs: readonly string[] | undefined): ServiceSpec {
  const { clusterIPs: _dropped, ...rest } = spec;
  return clusterIPs ? { ...rest, clusterIPs } : rest;
}

/**
 * Keeps the address and the list of addresses telling the same. Clients that know only the single field are followed
 * where they changed it; where both changed and disagree, validation says so.
 */
export function syncClusterIps(spec: ServiceSpec, old: ServiceSpec | undefined): ServiceSpec {
  const { clusterIP = '', clusterIPs = [] } = spec;
  if (!old) return clusterIP !== '' && clusterIPs.length === 0 ? withAddresses(spec, [clusterIP]) : spec;
  const [before, allBefore] = [old.clusterIP ?? '', old.clusterIPs ?? []];
  const sameList = clusterIPs.length === allBefore.length && clusterIPs.every((ip, i) => ip === allBefore[i]);
  if (before === '' && clusterIP !== '' && clusterIPs.length === 0) return withAddresses(spec, [clusterIP]);
  if (before !== '' && clusterIP === '' && sameList) return withAddresses(spec, undefined);
  if (clusterIP !== before && sameList && clusterIP !== '') return withAddresses(spec, [clusterIP]);
  return spec;
}

function* validateList(spec: ServiceSpec, path: FieldPath): Findings {
  const all = spec.clusterIPs ?? [];
  if (spec.clusterIP && all.length === 0) yield fieldErrors.required(path);
  if (all.length > 0 && (spec.clusterIP ?? '') !== all[0]) {
    yield fieldErrors.invalid(path.index(0), all, 'first value must match `clusterIP`');
  }
  for (const [i, ip] of all.entries()) {
    if (ip !== headless) yield* mustFit(ipErrors, path.index(i), ip);
    else if (all.length > 1) yield fieldErrors.invalid(path, all, "'None' must be the first and only value");
  }
  if (all.length > 2) yield fieldErrors.invalid(path, all, 'may only hold up to 2 values');
}

/** The addresses inside the cluster and the families they are of. */
export function* validateAddresses(spec: ServiceSpec, path: FieldPath): Findings {
  if (!needsClusterIp(spec)) return;
  const families = spec.ipFamilies ?? [];
  for (const [i, family] of families.entries()) {
    yield* mustBeOneOfIfSet(path.child('ipFamilies').index(i), family, ['IPv4', 'IPv6']);
    if (families.indexOf(family) < i) yield fieldErrors.duplicate(path.child('ipFamilies').index(i), family);
  }
  yield* mustBeOneOfIfSet(path.child('ipFamilyPolicy'), spec.ipFamilyPolicy, [
    'PreferDualStack',
    'RequireDualStack',
    'SingleStack',
  ]);
  yield* validateList(spec, path.child('clusterIPs'));
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    const family = families[i];
    if (ip === headless || family === undefined || ipErrors(ip).length > 0) continue;
    if ((family === 'IPv4') === isIpv4(ip)) continue;
    const message = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    yield fieldErrors.invalid(path.child('clusterIPs').index(i), ip, message);
  }
}

/** An address once given stays: connections and caches out there hold it. */
export function* validateAddressesKept(spec: ServiceSpec, old: ServiceSpec, path: FieldPath): Findings {
  if (!needsClusterIp(spec) || !needsClusterIp(old)) return;
  const first = old.clusterIPs?.[0];
  if (first !== undefined) {
    const all = spec.clusterIPs ?? [];
    const field = path.child('clusterIPs').index(0);
    if (all.length === 0) yield fieldErrors.invalid(field, all, 'primary clusterIP can not be unset');
    else if (all[0] !== first) yield fieldErrors.invalid(field, all, 'may not change once set');
  }
  const family = old.ipFamilies?.[0];
  if (family === undefined) return;
  const families = spec.ipFamilies ?? [];
  const field = path.child('ipFamilies').index(0);
  if (families.length === 0) yield fieldErrors.invalid(field, families, 'primary ipFamily can not be unset');
  else if (families[0] !== family) yield fieldErrors.invalid(field, families, 'may not change once set');
}
