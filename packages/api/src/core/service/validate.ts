import { dnsSubdomainErrors, type FieldPath, fieldErrors, fieldPath, validateLabels } from '@trireme/api-machinery';
import type { Service, ServiceSpec } from '@trireme/schema/types/core/v1';
import { type Findings, mustBeOneOf, mustBeOneOfIfSet, mustBeSetAndFit, mustFit } from '../../field-rules.ts';
import { cidrErrors, ipErrors, specialIpErrors } from '../../ip-rules.ts';
import { isHeadless, needsHealthCheckPort, validateAddresses } from './addresses.ts';
import { isExternallyAccessible } from './defaults.ts';
import { validateServicePorts } from './validate-ports.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const longestStickySeconds = 86400;
const externalNameMessage = 'may not be set for ExternalName services';

function* validateExternalName(spec: ServiceSpec, path: FieldPath): Findings {
  if ((spec.clusterIPs?.length ?? 0) > 0) yield fieldErrors.forbidden(path.child('clusterIPs'), externalNameMessage);
  if ((spec.ipFamilies?.length ?? 0) > 0) yield fieldErrors.forbidden(path.child('ipFamilies'), externalNameMessage);
  if (spec.ipFamilyPolicy !== undefined) yield fieldErrors.forbidden(path.child('ipFamilyPolicy'), externalNameMessage);
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  yield* mustBeSetAndFit(dnsSubdomainErrors, path.child('externalName'), name);
}

function* validateAffinity(spec: ServiceSpec, path: FieldPath): Findings {
  yield* mustBeOneOf(path.child('sessionAffinity'), spec.sessionAffinity, ['ClientIP', 'None']);
  const config = spec.sessionAffinityConfig;
  const configPath = path.child('sessionAffinityConfig');
  if (spec.sessionAffinity === 'None' && config) {
    yield fieldErrors.forbidden(configPath, 'must not be set when session affinity is None');
  }
  if (spec.sessionAffinity !== 'ClientIP') return;
  const message = 'when session affinity type is ClientIP';
  const secondsPath = configPath.child('clientIP', 'timeoutSeconds');
  const seconds = config?.clientIP?.timeoutSeconds;
  if (seconds === undefined) {
    yield fieldErrors.required(
      config ? (config.clientIP ? secondsPath : configPath.child('clientIP')) : configPath,
      message,
    );
  } else if (seconds <= 0 || seconds > longestStickySeconds) {
    const range = `must be greater than 0 and less than ${longestStickySeconds}`;
    yield fieldErrors.invalid(secondsPath, seconds, range);
  }
}

function* validateTraffic(spec: ServiceSpec, path: FieldPath): Findings {
  const external = spec.externalTrafficPolicy;
  if (isExternallyAccessible(spec)) {
    yield* mustBeOneOf(path.child('externalTrafficPolicy'), external, ['Cluster', 'Local']);
  } else if (external) {
    const message = 'may only be set for externally-accessible services';
    yield fieldErrors.invalid(path.child('externalTrafficPolicy'), external, message);
  }
  if (spec.healthCheckNodePort && !needsHealthCheckPort(spec)) {
    const message = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    yield fieldErrors.invalid(path.child('healthCheckNodePort'), spec.healthCheckNodePort, message);
  }
  if (spec.type !== 'ExternalName') {
    yield* mustBeOneOf(path.child('internalTrafficPolicy'), spec.internalTrafficPolicy, ['Cluster', 'Local']);
  }
  yield* mustBeOneOfIfSet(path.child('trafficDistribution'), spec.trafficDistribution, [
    'PreferClose',
    'PreferSameNode',
    'PreferSameZone',
  ]);
}

const onlyForBalancers = "may only be used when `type` is 'LoadBalancer'";

function* validateBalancer(spec: ServiceSpec, path: FieldPath): Findings {
  const ranges = spec.loadBalancerSourceRanges ?? [];
  // The capital letter is upstream's.
  const rangesPath = path.child('LoadBalancerSourceRanges');
  const isBalancer = spec.type === 'LoadBalancer';
  if (ranges.length > 0 && !isBalancer) yield fieldErrors.forbidden(rangesPath, onlyForBalancers);
  for (const [i, range] of ranges.entries()) yield* mustFit(cidrErrors, rangesPath.index(i), range.trim());
  if (isBalancer) return;
  if (spec.allocateLoadBalancerNodePorts !== undefined) {
    yield fieldErrors.forbidden(path.child('allocateLoadBalancerNodePorts'), onlyForBalancers);
  }
  if (spec.loadBalancerClass !== undefined) {
    yield fieldErrors.forbidden(path.child('loadBalancerClass'), onlyForBalancers);
  }
}

function* validateExternalIps(ips: readonly string[], path: FieldPath): Findings {
  for (const [i, ip] of ips.entries()) {
    yield* mustFit(ipErrors, path.index(i), ip);
    yield* mustFit(specialIpErrors, path.index(i), ip);
  }
}

export function* validateService({ spec }: Service): Findings {
  const path = fieldPath('spec');
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec)) {
    const message = `may not be set to 'None' for ${spec.type} services`;
    yield fieldErrors.invalid(path.child('clusterIPs').index(0), 'None', message);
  }
  if (spec.type === 'ExternalName') yield* validateExternalName(spec, path);
  yield* validateServicePorts(spec, path);
  yield* validateLabels(spec.selector, path.child('selector'));
  yield* validateAffinity(spec, path);
  yield* validateAddresses(spec, path);
  yield* mustBeOneOf(path.child('type'), spec.type, types);
  yield* validateExternalIps(spec.externalIPs ?? [], path.child('externalIPs'));
  yield* validateBalancer(spec, path);
  yield* validateTraffic(spec, path);
}

/** Which implementation balances a service is settled once; another would not know of the first one's work. */
export function* validateBalancerKept(spec: ServiceSpec, old: ServiceSpec, path: FieldPath): Findings {
  if (spec.type !== 'LoadBalancer' || old.type !== 'LoadBalancer') return;
  if (spec.loadBalancerClass !== old.loadBalancerClass) {
    const message = 'may not change once set';
    yield fieldErrors.invalid(path.child('loadBalancerClass'), spec.loadBalancerClass ?? null, message);
  }
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old) && old.healthCheckNodePort !== spec.healthCheckNodePort) {
    yield fieldErrors.forbidden(path.child('healthCheckNodePort'), 'field is immutable');
  }
}
