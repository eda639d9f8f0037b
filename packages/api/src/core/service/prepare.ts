import { semanticEqual } from '@trireme/api-machinery';
import type { Service, ServicePort, ServiceSpec } from '@trireme/schema/types/core/v1';
import { fill, without } from '../../fill.ts';
import { isHeadless, needsClusterIp, needsHealthCheckPort, needsNodePort, syncClusterIps } from './addresses.ts';
import { isExternallyAccessible } from './defaults.ts';

/** The families of a cluster with one family; only who lists both by hand, or selects no pods, may have two. */
function withFamilies(spec: ServiceSpec): ServiceSpec {
  if (!needsClusterIp(spec)) return spec;
  const openHeadless = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
  if (openHeadless && spec.ipFamilyPolicy !== 'SingleStack' && !spec.ipFamilies?.length) {
    return { ...fill(spec, { ipFamilyPolicy: 'RequireDualStack' }), ipFamilies: ['IPv4', 'IPv6'] };
  }
  const family = spec.clusterIPs?.[0]?.includes(':') ? 'IPv6' : 'IPv4';
  const policy = (spec.ipFamilies?.length ?? 0) > 1 ? 'RequireDualStack' : 'SingleStack';
  const withFamily = spec.ipFamilies?.length ? spec : { ...spec, ipFamilies: [family] };
  return fill(withFamily, { ipFamilyPolicy: policy });
}

export function prepareServiceForCreate(service: Service): Service {
  return { ...service, spec: withFamilies(syncClusterIps(service.spec, undefined)), status: { loadBalancer: {} } };
}

function nodePortsOf(spec: ServiceSpec): ReadonlySet<number> {
  return new Set((spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));
}

/** Whoever sends a service without what the server gave it keeps what was given. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let next = spec;
  if (needsClusterIp(old) && needsClusterIp(next)) {
    next = fill(next, { clusterIP: old.clusterIP ?? '' });
    if (!next.clusterIPs?.length && next.clusterIP === old.clusterIP && old.clusterIPs) {
      next = { ...next, clusterIPs: old.clusterIPs };
    }
    if (!next.ipFamilies?.length && old.ipFamilies) next = { ...next, ipFamilies: old.ipFamilies };
    next = fill(next, { ipFamilyPolicy: old.ipFamilyPolicy });
  }
  if (needsNodePort(old) && needsNodePort(next)) next = keepNodePorts(next, old);
  if (needsHealthCheckPort(old) && needsHealthCheckPort(next) && !next.healthCheckNodePort) {
    next = { ...next, healthCheckNodePort: old.healthCheckNodePort };
  }
  return next;
}

/** By name, since that is what stays when other properties of a port change. */
function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const taken = new Set(nodePortsOf(spec));
  const given = new Map((old.ports ?? []).map((port) => [port.name ?? '', port.nodePort]));
  const ports = spec.ports?.map((port): ServicePort => {
    const nodePort = given.get(port.name ?? '');
    if (port.nodePort || !nodePort || taken.has(nodePort)) return port;
    taken.add(nodePort);
    return { ...port, nodePort };
  });
  return ports ? { ...spec, ports } : spec;
}

/** A service that changes its type loses what only the old type has, unless its author changed it just now. */
function dropTypeDependent(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let next = spec;
  const dropIfSame = (...names: readonly (keyof ServiceSpec)[]): void => {
    for (const name of names) if (semanticEqual(next[name], old[name])) next = without(next, name);
  };
  if (needsClusterIp(old) && !needsClusterIp(next)) {
    const clears = !next.clusterIP || semanticEqual(next.clusterIPs, old.clusterIPs);
    if (clears) next = without(next, 'clusterIP', 'clusterIPs');
    dropIfSame('ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy');
  }
  if (needsNodePort(old) && !needsNodePort(next) && semanticEqual([...nodePortsOf(next)], [...nodePortsOf(old)])) {
    next = { ...next, ports: next.ports?.map((port) => without(port, 'nodePort')) };
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(next)) dropIfSame('healthCheckNodePort');
  if (old.type === 'LoadBalancer' && next.type !== 'LoadBalancer') {
    dropIfSame('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(next)) dropIfSame('externalTrafficPolicy');
  return next;
}

export function prepareServiceForUpdate(service: Service, old: Service): Service {
  const kept = keepAllocated(service.spec, old.spec);
  const synced = syncClusterIps(kept, old.spec);
  return { ...service, spec: withFamilies(dropTypeDependent(synced, old.spec)) };
}
