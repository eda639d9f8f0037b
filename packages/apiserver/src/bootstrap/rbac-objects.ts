import type { ApiObject } from '@trireme/schema';
import type { BootstrapRole } from '../authz/bootstrap-policy.ts';

const bootstrapping = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };
const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/** The ClusterRoles of the policy, and the bindings that give them to their holders. */
export function rbacObjects(roles: readonly BootstrapRole[]): readonly ApiObject[] {
  return roles.flatMap((role) => (role.subjects ? [roleObject(role), bindingObject(role)] : [roleObject(role)]));
}

function roleObject({ name, rules, labels, aggregates }: BootstrapRole): ApiObject {
  const label = `rbac.authorization.k8s.io/aggregate-to-${aggregates}`;
  return {
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...bootstrapping, ...labels }, annotations },
    ...(aggregates && { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: 'true' } }] } }),
    rules,
  } as ApiObject;
}

function bindingObject({ name, subjects = [] }: BootstrapRole): ApiObject {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: bootstrapping, annotations },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: subjects.map((subject) => (subject.kind === 'ServiceAccount' ? subject : { ...subject, apiGroup })),
  } as ApiObject;
}
