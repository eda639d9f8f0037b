import { clusterrolebindings } from '@trireme/schema/resources';
import type { ClusterRoleBinding } from '@trireme/schema/types/rbac/v1';
import { defineKind } from '../../define-kind.ts';
import type { Kind } from '../../kind.ts';
import { bindingColumns, defaultBinding, validateBinding, validateBindingUpdate } from '../binding.ts';

export const clusterRoleBindingKind: Kind<ClusterRoleBinding> = defineKind<ClusterRoleBinding>({
  ref: clusterrolebindings,
  typeId: 'api.rbac.v1.ClusterRoleBinding',
  nameRule: 'path-segment',
  createOnUpdate: true,
  defaults: (binding) => defaultBinding(binding),
  validate: (binding) => [...validateBinding(binding, ['ClusterRole'])],
  validateUpdate: validateBindingUpdate,
  ...bindingColumns,
});
