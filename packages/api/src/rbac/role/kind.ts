import { roles } from '@trireme/schema/resources';
import type { Role } from '@trireme/schema/types/rbac/v1';
import { createdAtColumn, nameColumn } from '../../cells.ts';
import { defineColumns } from '../../define-columns.ts';
import { defineKind } from '../../define-kind.ts';
import type { Kind } from '../../kind.ts';
import { validateRules } from '../validate-rules.ts';

export const roleKind: Kind<Role> = defineKind({
  ref: roles,
  typeId: 'api.rbac.v1.Role',
  nameRule: 'path-segment',
  createOnUpdate: true,
  validate: (role) => [...validateRules(role.rules, true)],
  ...defineColumns<Role>([nameColumn, createdAtColumn]),
});
