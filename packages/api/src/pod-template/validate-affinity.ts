import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldPath,
  fieldErrors,
  qualifiedNameErrors,
  validateLabelSelector,
} from '@trireme/api-machinery';
import type {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '@trireme/schema/types/core/v1';
import { type Findings, mustFit } from '../field-rules.ts';

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

function* validateWeight(weight: number | undefined, path: FieldPath): Findings {
  if (weight === undefined || weight < 1 || weight > 100) {
    yield fieldErrors.invalid(path, weight ?? 0, 'must be in the range 1-100');
  }
}

function* validateValues({ operator, values = [] }: NodeSelectorRequirement, path: FieldPath): Findings {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        yield fieldErrors.required(path.child('values'), "must be specified when `operator` is 'In' or 'NotIn'");
      }
      return;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        const message = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        yield fieldErrors.forbidden(path.child('values'), message);
      }
      return;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) {
        const message = "must be specified single value when `operator` is 'Lt' or 'Gt'";
        yield fieldErrors.required(path.child('values'), message);
      }
      return;
    default:
      yield fieldErrors.invalid(path.child('operator'), operator ?? '', 'not a valid selector operator');
  }
}

function* validateField({ key, operator, values = [] }: NodeSelectorRequirement, path: FieldPath): Findings {
  if (operator !== 'In' && operator !== 'NotIn') {
    yield fieldErrors.invalid(path.child('operator'), operator ?? '', 'not a valid selector operator');
  } else if (values.length !== 1) {
    const message = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    yield fieldErrors.required(path.child('values'), message);
  }
  if (key !== 'metadata.name') {
    yield fieldErrors.invalid(path.child('key'), key, 'not a valid field selector key');
    return;
  }
  for (const [i, value] of values.entries()) {
    yield* mustFit(dnsSubdomainErrors, path.child('values').index(i), value);
  }
}

function* validateNodeTerm(term: NodeSelectorTerm, path: FieldPath): Findings {
  for (const [i, requirement] of (term.matchExpressions ?? []).entries()) {
    const item = path.child('matchExpressions').index(i);
    yield* validateValues(requirement, item);
    yield* mustFit(qualifiedNameErrors, item.child('key'), requirement.key);
  }
  for (const [i, requirement] of (term.matchFields ?? []).entries()) {
    yield* validateField(requirement, path.child('matchFields').index(i));
  }
}

/** At least one term, each of which can be told true or false of a node. */
export function* validateNodeSelector(selector: NodeSelector, path: FieldPath): Findings {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    yield fieldErrors.required(path.child('nodeSelectorTerms'), 'must have at least one node selector term');
  }
  for (const [i, term] of terms.entries()) yield* validateNodeTerm(term, path.child('nodeSelectorTerms').index(i));
}

function* validateNodeAffinity(affinity: NodeAffinity, path: FieldPath): Findings {
  const selector = affinity[required];
  if (selector) yield* validateNodeSelector(selector, path.child(required));
  for (const [i, { weight, preference }] of (affinity[preferred] ?? []).entries()) {
    const item = path.child(preferred).index(i);
    yield* validateWeight(weight, item.child('weight'));
    yield* validateNodeTerm(preference ?? {}, item.child('preference'));
  }
}

function* validatePodTerm(term: PodAffinityTerm, path: FieldPath): Findings {
  yield* validateLabelSelector(term.labelSelector, path.child('labelSelector'));
  yield* validateLabelSelector(term.namespaceSelector, path.child('namespaceSelector'));
  for (const namespace of term.namespaces ?? []) yield* mustFit(dnsLabelErrors, path.child('namespace'), namespace);
  for (const name of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    const keys = term[name] ?? [];
    if (keys.length > 0 && !term.labelSelector) {
      yield fieldErrors.forbidden(path.child(name), 'must not be specified when labelSelector is not set');
    }
    for (const [i, key] of keys.entries()) yield* mustFit(qualifiedNameErrors, path.child(name).index(i), key);
  }
  if (!term.topologyKey) yield fieldErrors.required(path.child('topologyKey'), 'can not be empty');
  yield* mustFit(qualifiedNameErrors, path.child('topologyKey'), term.topologyKey ?? '');
}

function* validatePodAffinity(affinity: PodAffinity, path: FieldPath): Findings {
  for (const [i, term] of (affinity[required] ?? []).entries()) {
    yield* validatePodTerm(term, path.child(required).index(i));
  }
  for (const [i, { weight, podAffinityTerm }] of (affinity[preferred] ?? []).entries()) {
    const item = path.child(preferred).index(i);
    yield* validateWeight(weight, item.child('weight'));
    yield* validatePodTerm(podAffinityTerm, item.child('podAffinityTerm'));
  }
}

export function* validateAffinity(affinity: Affinity, path: FieldPath): Findings {
  if (affinity.nodeAffinity) yield* validateNodeAffinity(affinity.nodeAffinity, path.child('nodeAffinity'));
  if (affinity.podAffinity) yield* validatePodAffinity(affinity.podAffinity, path.child('podAffinity'));
  if (affinity.podAntiAffinity) yield* validatePodAffinity(affinity.podAntiAffinity, path.child('podAntiAffinity'));
}
