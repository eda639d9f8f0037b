import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldPath,
  fieldErrors,
  qualifiedNameErrors,
  validateLabels,
} from '@trireme/api-machinery';
import type { PodSpec, Volume } from '@trireme/schema/types/core/v1';
import {
  type Findings,
  maxInt32,
  mustBeBetween,
  mustBeOneOf,
  mustBeOneOfIfSet,
  mustBeSetAndFit,
  mustFit,
  mustFitIfSet,
} from '../field-rules.ts';
import { validateAffinity } from './validate-affinity.ts';
import type { PodFacts } from './validate-container.ts';
import {
  validateContainers,
  validateEphemeralContainers,
  validateHostNetwork,
  validateInitContainers,
} from './validate-containers.ts';
import { validateDnsConfig, validateHostAliases } from './validate-dns.ts';
import { validateAmount, validateResources } from './validate-resources.ts';
import { validateSpreadConstraints, validateTolerations } from './validate-scheduling.ts';
import { validatePodSecurity } from './validate-security.ts';
import { validateVolumes } from './validate-volume.ts';

/** `isPod` is false in the templates of workloads, where a few fields may still be open. */
export interface PodSpecUse {
  readonly isPod: boolean;
}

function* validateGates(spec: PodSpec, path: FieldPath): Findings {
  for (const [i, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    yield* mustFit(qualifiedNameErrors, path.child('readinessGates').index(i).child('conditionType'), conditionType);
  }
  const seen = new Set<string>();
  for (const [i, { name }] of (spec.schedulingGates ?? []).entries()) {
    const field = path.child('schedulingGates').index(i);
    yield* mustFit(qualifiedNameErrors, field, name);
    if (seen.has(name)) yield fieldErrors.duplicate(field.child('name'), name);
    seen.add(name);
  }
  if (spec.nodeName && (spec.schedulingGates?.length ?? 0) > 0) {
    yield fieldErrors.forbidden(path.child('nodeName'), 'cannot be set until all schedulingGates have been cleared');
  }
}

/** The fields that hold the name of something else, or of the pod's host. */
function* validateNames(spec: PodSpec, path: FieldPath): Findings {
  yield* mustFitIfSet(dnsSubdomainErrors, path.child('serviceAccountName'), spec.serviceAccountName);
  yield* mustFitIfSet(dnsSubdomainErrors, path.child('nodeName'), spec.nodeName);
  yield* mustBeBetween(path.child('activeDeadlineSeconds'), spec.activeDeadlineSeconds, 1, maxInt32);
  yield* mustFitIfSet(dnsLabelErrors, path.child('hostname'), spec.hostname);
  yield* mustFitIfSet(dnsLabelErrors, path.child('subdomain'), spec.subdomain);
  yield* validateTolerations(spec.tolerations ?? [], path.child('tolerations'));
  yield* validateHostAliases(spec.hostAliases ?? [], path.child('hostAliases'));
  yield* mustFitIfSet(dnsSubdomainErrors, path.child('priorityClassName'), spec.priorityClassName);
  yield* mustFitIfSet(dnsSubdomainErrors, path.child('runtimeClassName'), spec.runtimeClassName);
  yield* mustBeOneOfIfSet(path.child('preemptionPolicy'), spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']);
  for (const [name, amount] of Object.entries(spec.overhead ?? {})) {
    yield* validateAmount(name, amount, path.child('overhead').key(name));
  }
  if (spec.os) yield* mustBeOneOf(path.child('os', 'name'), spec.os.name, ['linux', 'windows']);
}

/** Claims on devices, which containers name in their resources. */
function* validateResourceClaims(spec: PodSpec, path: FieldPath, names: Set<string>): Findings {
  for (const [i, claim] of (spec.resourceClaims ?? []).entries()) {
    const item = path.child('resourceClaims').index(i);
    if (names.has(claim.name)) yield fieldErrors.duplicate(item.child('name'), claim.name);
    else yield* mustBeSetAndFit(dnsLabelErrors, item.child('name'), claim.name);
    names.add(claim.name);
    const { resourceClaimName: claimName, resourceClaimTemplateName: templateName } = claim;
    if (claimName !== undefined && templateName !== undefined) {
      const message = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      yield fieldErrors.invalid(item, claim, message);
    } else if (claimName === undefined && templateName === undefined) {
      const message = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
      yield fieldErrors.invalid(item, claim, message);
    }
    yield* mustFitIfSet(dnsSubdomainErrors, item.child('resourceClaimName'), claimName);
    yield* mustFitIfSet(dnsSubdomainErrors, item.child('resourceClaimTemplateName'), templateName);
  }
}

function* validatePodResources(spec: PodSpec, claimNames: ReadonlySet<string>, path: FieldPath): Findings {
  if (!spec.resources) return;
  yield* validateResources(spec.resources, claimNames, path);
  const names = new Set([...Object.keys(spec.resources.limits ?? {}), ...Object.keys(spec.resources.requests ?? {})]);
  for (const name of names) {
    if (name !== 'cpu' && name !== 'memory' && !name.startsWith('hugepages-')) {
      yield fieldErrors.notSupported(path, name, ['cpu', 'hugepages-', 'memory']);
    }
  }
}

/** Everything that can be wrong with the spec of a pod or of a pod template, in upstream's order. */
export function* validatePodSpec(spec: PodSpec, use: PodSpecUse, path: FieldPath): Findings {
  const volumes = new Map<string, Volume>();
  const claimNames = new Set<string>();
  yield* validateVolumes(spec.volumes ?? [], path.child('volumes'), volumes);
  yield* validateResourceClaims(spec, path, claimNames);
  const facts: PodFacts = {
    volumes,
    claimNames,
    graceSeconds: spec.terminationGracePeriodSeconds,
    restartPolicy: spec.restartPolicy,
    isPod: use.isPod,
  };
  const names = new Set<string>();
  yield* validateContainers(spec.containers ?? [], facts, path.child('containers'), names);
  yield* validateInitContainers(spec.initContainers ?? [], facts, path.child('initContainers'), names);
  yield* validateEphemeralContainers(spec, facts, path.child('ephemeralContainers'), names);
  yield* validatePodResources(spec, claimNames, path.child('resources'));
  yield* validateHostNetwork(spec, use.isPod, path);
  yield* mustBeOneOf(path.child('restartPolicy'), spec.restartPolicy, ['Always', 'OnFailure', 'Never']);
  yield* mustBeOneOf(path.child('dnsPolicy'), spec.dnsPolicy, [
    'ClusterFirstWithHostNet',
    'ClusterFirst',
    'Default',
    'None',
  ]);
  yield* validateLabels(spec.nodeSelector, path.child('nodeSelector'));
  yield* validatePodSecurity(spec.securityContext ?? {}, spec, path.child('securityContext'));
  if (spec.affinity) yield* validateAffinity(spec.affinity, path.child('affinity'));
  yield* validateDnsConfig(spec.dnsConfig, spec.dnsPolicy ?? '', path.child('dnsConfig'));
  yield* validateGates(spec, path);
  yield* validateSpreadConstraints(spec.topologySpreadConstraints ?? [], path.child('topologySpreadConstraints'));
  yield* validateNames(spec, path);
}
