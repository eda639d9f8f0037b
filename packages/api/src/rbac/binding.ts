import {
  dnsSubdomainErrors,
  type FieldError,
  type FieldPath,
  fieldErrors,
  fieldPath,
  pathSegmentErrors,
  semanticEqual,
} from '@trireme/api-machinery';
import type { ClusterRoleBinding, RoleBinding, Subject } from '@trireme/schema/types/rbac/v1';
import { ageColumn, nameColumn } from '../cells.ts';
import { defineColumns } from '../define-columns.ts';
import { type Findings, mustBeSetAndFit, mustFit } from '../field-rules.ts';
import { each, fill, over } from '../fill.ts';

/** What RoleBinding and ClusterRoleBinding share: a role, and those it is given to. */
export type AnyBinding = RoleBinding | ClusterRoleBinding;

export const rbacGroup = 'rbac.authorization.k8s.io';

function defaultSubject(subject: Subject): Subject {
  return subject.kind === 'User' || subject.kind === 'Group' ? fill(subject, { apiGroup: rbacGroup }) : subject;
}

export function defaultBinding<B extends AnyBinding>(binding: B): B {
  const bound: AnyBinding = over(
    over(binding as AnyBinding, 'roleRef', (ref) => fill(ref, { apiGroup: rbacGroup })),
    'subjects',
    each(defaultSubject),
  );
  return bound as B;
}

function* validateSubject(subject: Subject, needsNamespace: boolean, path: FieldPath): Findings {
  if (!subject.name) yield fieldErrors.required(path.child('name'));
  const group = subject.apiGroup ?? '';
  switch (subject.kind) {
    case 'ServiceAccount':
      if (subject.name) yield* mustFit(dnsSubdomainErrors, path.child('name'), subject.name);
      if (group !== '') yield fieldErrors.notSupported(path.child('apiGroup'), group, ['']);
      if (needsNamespace && !subject.namespace) yield fieldErrors.required(path.child('namespace'));
      return;
    case 'User':
    case 'Group':
      if (group !== rbacGroup) yield fieldErrors.notSupported(path.child('apiGroup'), group, [rbacGroup]);
      return;
    default:
      yield fieldErrors.notSupported(path.child('kind'), subject.kind, ['ServiceAccount', 'User', 'Group']);
  }
}

export function* validateBinding({ roleRef, subjects }: AnyBinding, roleKinds: readonly string[]): Findings {
  const path = fieldPath('roleRef');
  if (roleRef.apiGroup !== rbacGroup) {
    yield fieldErrors.notSupported(path.child('apiGroup'), roleRef.apiGroup ?? '', [rbacGroup]);
  }
  if (!roleKinds.includes(roleRef.kind)) yield fieldErrors.notSupported(path.child('kind'), roleRef.kind, roleKinds);
  yield* mustBeSetAndFit(pathSegmentErrors, path.child('name'), roleRef.name);
  // A namespaced binding means accounts of its own namespace where it names none.
  const needsNamespace = !roleKinds.includes('Role');
  for (const [i, subject] of (subjects ?? []).entries()) {
    yield* validateSubject(subject, needsNamespace, fieldPath('subjects').index(i));
  }
}

/** A binding keeps its role: who may hand out its subjects was decided for that role. */
export function validateBindingUpdate(binding: AnyBinding, old: AnyBinding): readonly FieldError[] {
  return semanticEqual(binding.roleRef, old.roleRef)
    ? []
    : [fieldErrors.invalid('roleRef', binding.roleRef, 'cannot change roleRef')];
}

function namesOf(binding: AnyBinding, kind: string): string {
  return (binding.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');
}

export const bindingColumns = defineColumns<AnyBinding>([
  nameColumn,
  { name: 'Role', description: 'The role it gives.', cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  ageColumn,
  { name: 'Users', wide: true, description: 'The users it is given to.', cell: (binding) => namesOf(binding, 'User') },
  {
    name: 'Groups',
    wide: true,
    description: 'The groups it is given to.',
    cell: (binding) => namesOf(binding, 'Group'),
  },
  {
    name: 'ServiceAccounts',
    wide: true,
    description: 'The service accounts it is given to.',
    cell: (binding) => namesOf(binding, 'ServiceAccount'),
  },
]);
