import {
  type FieldPath,
  fieldErrors,
  labelValueErrors,
  qualifiedNameErrors,
  validateLabelSelector,
} from '@trireme/api-machinery';
import type { Taint, Toleration, TopologySpreadConstraint } from '@trireme/schema/types/core/v1';
import { type Findings, mustBeOneOf, mustBeOneOfIfSet, mustFit } from '../field-rules.ts';

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const keylessMessage = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';

export function* validateTolerations(tolerations: readonly Toleration[], path: FieldPath): Findings {
  for (const [i, toleration] of tolerations.entries()) {
    const { key, operator = '', value = '', effect, tolerationSeconds } = toleration;
    const item = path.index(i);
    if (key) yield* mustFit(qualifiedNameErrors, item.child('key'), key);
    else if (operator !== 'Exists') yield fieldErrors.invalid(item.child('operator'), operator, keylessMessage);
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const message = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      yield fieldErrors.invalid(item.child('effect'), effect ?? '', message);
    }
    if (operator === '' || operator === 'Equal') {
      const messages = labelValueErrors(value);
      if (messages.length > 0) yield fieldErrors.invalid(item.child('operator'), value, messages.join(';'));
    } else if (operator === 'Exists') {
      if (value) {
        const message = "value must be empty when `operator` is 'Exists'";
        yield fieldErrors.invalid(item.child('operator'), toleration, message);
      }
    } else yield fieldErrors.notSupported(item.child('operator'), operator, ['Equal', 'Exists']);
    if (effect) yield* mustBeOneOf(item.child('effect'), effect, taintEffects);
  }
}

export function* validateTaints(taints: readonly Taint[], path: FieldPath): Findings {
  const seen = new Set<string>();
  for (const [i, { key, value = '', effect }] of taints.entries()) {
    const item = path.index(i);
    yield* mustFit(qualifiedNameErrors, item.child('key'), key);
    const messages = labelValueErrors(value);
    if (messages.length > 0) yield fieldErrors.invalid(item.child('value'), value, messages.join(';'));
    yield* mustBeOneOf(item.child('effect'), effect, taintEffects);
    if (seen.has(`${effect} ${key}`)) {
      const message = 'taints must be unique by key and effect pair';
      yield { ...fieldErrors.duplicate(item, taints[i]), detail: message };
    }
    seen.add(`${effect} ${key}`);
  }
}

/** Constraints of a kind are told apart by their topology and by what happens when they cannot be met. */
function pairOf({ topologyKey, whenUnsatisfiable }: TopologySpreadConstraint): string {
  return `{${topologyKey}, ${whenUnsatisfiable}}`;
}

function* validateMinDomains(constraint: TopologySpreadConstraint, path: FieldPath): Findings {
  const { minDomains, whenUnsatisfiable } = constraint;
  if (minDomains === undefined) return;
  if (minDomains <= 0) yield fieldErrors.invalid(path, minDomains, 'must be greater than zero');
  if (whenUnsatisfiable !== 'DoNotSchedule') {
    const message = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
    yield fieldErrors.invalid(path, minDomains, message);
  }
}

function* validateMatchLabelKeys(constraint: TopologySpreadConstraint, path: FieldPath): Findings {
  const keys = constraint.matchLabelKeys ?? [];
  if (keys.length > 0 && !constraint.labelSelector) {
    yield fieldErrors.forbidden(path, 'must not be specified when labelSelector is not set');
  }
  for (const [i, key] of keys.entries()) yield* mustFit(qualifiedNameErrors, path.index(i), key);
}

export function* validateSpreadConstraints(
  constraints: readonly TopologySpreadConstraint[],
  path: FieldPath,
): Findings {
  for (const [i, constraint] of constraints.entries()) {
    const item = path.index(i);
    if (!(constraint.maxSkew > 0)) {
      yield fieldErrors.invalid(item.child('maxSkew'), constraint.maxSkew ?? 0, 'must be greater than zero');
    }
    if (!constraint.topologyKey) yield fieldErrors.required(item.child('topologyKey'), 'can not be empty');
    else yield* mustFit(qualifiedNameErrors, item.child('topologyKey'), constraint.topologyKey);
    if (!['DoNotSchedule', 'ScheduleAnyway'].includes(constraint.whenUnsatisfiable)) {
      yield fieldErrors.notSupported(item.child('whenUnsatisfiable'), constraint.whenUnsatisfiable ?? '', [
        'DoNotSchedule',
        'ScheduleAnyway',
      ]);
    }
    const pair = pairOf(constraint);
    if (constraints.slice(i + 1).some((later) => pairOf(later) === pair)) {
      yield fieldErrors.duplicate(item.child('{topologyKey, whenUnsatisfiable}'), pair);
    }
    yield* validateMinDomains(constraint, item.child('minDomains'));
    yield* mustBeOneOfIfSet(item.child('nodeAffinityPolicy'), constraint.nodeAffinityPolicy, ['Honor', 'Ignore']);
    yield* mustBeOneOfIfSet(item.child('nodeTaintsPolicy'), constraint.nodeTaintsPolicy, ['Honor', 'Ignore']);
    yield* validateMatchLabelKeys(constraint, item.child('matchLabelKeys'));
    yield* validateLabelSelector(constraint.labelSelector, item.child('labelSelector'));
  }
}
