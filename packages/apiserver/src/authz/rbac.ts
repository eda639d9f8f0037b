import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '@trireme/schema/types/rbac/v1';
import type { UserInfo } from '../auth/user-info.ts';
import { objectKey, resourcePrefix } from '../store/keys.ts';
import type { ObjectFeed } from '../store/object-feed.ts';
import type { Authorizer } from './authorizer.ts';
import { ruleAllows } from './policy-rules.ts';

/** Permissions from Roles, ClusterRoles and their bindings, as the caches show them. */
export interface Rbac extends Authorizer {
  /** All that a user holds: everywhere, and in `namespace` where one is named. */
  rulesOf(user: UserInfo, namespace: string): readonly PolicyRule[];
  /** The rules of a role, undefined where there is none. */
  rulesOfRole(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined;
}

const group = 'rbac.authorization.k8s.io';
const roles = { group, resource: 'roles' };
const clusterRoles = { group, resource: 'clusterroles' };
const roleBindings = { group, resource: 'rolebindings' };
const clusterRoleBindings = { group, resource: 'clusterrolebindings' };
const watched = [roles, clusterRoles, roleBindings, clusterRoleBindings];
const userLimit = 10_000;

interface UserRules {
  readonly cluster: readonly PolicyRule[];
  readonly namespaces: Map<string, readonly PolicyRule[]>;
}

export function createRbac(feed: ObjectFeed): Rbac {
  const caches = watched.map((ref) => feed.cache(ref));
  let users = new Map<string, UserRules>();
  let knownAt = '';

  const rulesOfRole = (ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined => {
    const key =
      ref.kind === 'ClusterRole' ? objectKey(clusterRoles, undefined, ref.name) : objectKey(roles, namespace, ref.name);
    const cache = feed.cache(ref.kind === 'ClusterRole' ? clusterRoles : roles);
    const role = cache.get(key)?.object as ClusterRole | Role | undefined;
    return role && (role.rules ?? []);
  };
  const clusterRules = (user: UserInfo): readonly PolicyRule[] => {
    const bindings = feed.cache(clusterRoleBindings).list(resourcePrefix(clusterRoleBindings));
    return bindings.flatMap((stored) => {
      const binding = stored.object as ClusterRoleBinding;
      return applies(binding.subjects, user, '') ? (rulesOfRole(binding.roleRef, '') ?? []) : [];
    });
  };
  const namespaceRules = (user: UserInfo, namespace: string): readonly PolicyRule[] => {
    const bindings = feed.cache(roleBindings).list(`${resourcePrefix(roleBindings)}${namespace}/`);
    return bindings.flatMap((stored) => {
      const binding = stored.object as RoleBinding;
      return applies(binding.subjects, user, namespace) ? (rulesOfRole(binding.roleRef, namespace) ?? []) : [];
    });
  };
  const known = (user: UserInfo): UserRules => {
    const at = caches.map((cache) => cache.changeRevision).join();
    if (at !== knownAt || users.size > userLimit) {
      users = new Map();
      knownAt = at;
    }
    const key = JSON.stringify([user.name, user.groups]);
    let rules = users.get(key);
    if (!rules) {
      rules = { cluster: clusterRules(user), namespaces: new Map() };
      users.set(key, rules);
    }
    return rules;
  };
  const inNamespace = (user: UserInfo, namespace: string): readonly PolicyRule[] => {
    if (namespace === '') return [];
    const { namespaces } = known(user);
    let rules = namespaces.get(namespace);
    if (!rules) {
      rules = namespaceRules(user, namespace);
      namespaces.set(namespace, rules);
    }
    return rules;
  };

  return {
    name: 'rbac',
    rulesOfRole,
    rulesOf: (user, namespace) => [...known(user).cluster, ...inNamespace(user, namespace)],
    authorize(attributes) {
      const { user, resource } = attributes;
      const allows = (rule: PolicyRule): boolean => ruleAllows(rule, attributes);
      const allowed = known(user).cluster.some(allows) || inNamespace(user, resource?.namespace ?? '').some(allows);
      return { allowed, reason: '' };
    },
  };
}

function applies(subjects: readonly Subject[] | undefined, user: UserInfo, namespace: string): boolean {
  return (
    subjects?.some((subject) => {
      if (subject.kind === 'User') return subject.name === user.name;
      if (subject.kind === 'Group') return user.groups.includes(subject.name);
      if (subject.kind !== 'ServiceAccount') return false;
      return user.name === `system:serviceaccount:${subject.namespace || namespace}:${subject.name}`;
    }) ?? false
  );
}
