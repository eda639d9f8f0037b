import { type FieldPath, fieldErrors, fieldPath } from '@trireme/api-machinery';
import type { PolicyRule } from '@trireme/schema/types/rbac/v1';
import type { Findings } from '../field-rules.ts';

const isEmpty = (list: readonly string[] | undefined): boolean => (list?.length ?? 0) === 0;

function* validateRule(rule: PolicyRule, namespaced: boolean, path: FieldPath): Findings {
  if (isEmpty(rule.verbs)) yield fieldErrors.required(path.child('verbs'), 'verbs must contain at least one value');
  if (!isEmpty(rule.nonResourceURLs)) {
    const field = path.child('nonResourceURLs');
    if (namespaced) {
      yield fieldErrors.invalid(field, rule.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs');
    }
    if (!isEmpty(rule.apiGroups) || !isEmpty(rule.resources) || !isEmpty(rule.resourceNames)) {
      const message = 'rules cannot apply to both regular resources and non-resource URLs';
      yield fieldErrors.invalid(field, rule.nonResourceURLs, message);
    }
    return;
  }
  if (isEmpty(rule.apiGroups)) {
    yield fieldErrors.required(path.child('apiGroups'), 'resource rules must supply at least one api group');
  }
  if (isEmpty(rule.resources)) {
    yield fieldErrors.required(path.child('resources'), 'resource rules must supply at least one resource');
  }
}

/** The rules of a role: each speaks of resources or of URLs, and of something to do with them. */
export function* validateRules(rules: readonly PolicyRule[] | undefined, namespaced: boolean): Findings {
  for (const [i, rule] of (rules ?? []).entries()) yield* validateRule(rule, namespaced, fieldPath('rules').index(i));
}
