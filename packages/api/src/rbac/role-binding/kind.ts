import { rolebindings } from '@trireme/schema/resources';
import type { RoleBinding } from '@trireme/schema/types/rbac/v1';
import { defineKind } from '../../define-kind.ts';
import type { Kind } from '../../kind.ts';
import { bindingColumns, defaultBinding, validateBinding, validateBindingUpdate } from '../binding.ts';

export const roleBindingKind: Kind<RoleBinding> = defineKind<RoleBinding>({
  ref: rolebindings,
  typeId: 'api.rbac.v1.RoleBinding',
  nameRule: 'path-segment',
  createOnUpdate: true,
  defaults: (binding) => defaultBinding(binding),
  validate: (binding) => [...validateBinding(binding, ['Role', 'ClusterRole'])],
  validateUpdate: validateBindingUpdate,
  ...bindingColumns,
});
