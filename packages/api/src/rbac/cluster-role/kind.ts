import { fieldErrors, fieldPath, validateLabelSelector } from '@trireme/api-machinery';
import { clusterroles } from '@trireme/schema/resources';
import type { ClusterRole } from '@trireme/schema/types/rbac/v1';
import { createdAtColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { defineKind } from '../../define-kind.ts';
import type { Findings } from '../../field-rules.ts';
import type { Kind } from '../../kind.ts';
import { validateRules } from '../validate-rules.ts';

function* validate(role: ClusterRole): Findings {
  yield* validateRules(role.rules, false);
  if (!role.aggregationRule) return;
  const path = fieldPath('aggregationRule', 'clusterRoleSelectors');
  const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    yield fieldErrors.required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil');
  }
  for (const [i, selector] of selectors.entries()) yield* validateLabelSelector(selector, path.index(i));
}

export const clusterRoleKind: Kind<ClusterRole> = defineKind({
  ref: clusterroles,
  typeId: 'api.rbac.v1.ClusterRole',
  nameRule: 'path-segment',
  createOnUpdate: true,
  validate: (role) => [...validate(role)],
  ...defineColumns<ClusterRole>([nameColumn, createdAtColumn]),
});
