import { statusErrors } from '@trireme/api-machinery';
import type { ClusterRole, PolicyRule, RoleBinding } from '@trireme/schema/types/rbac/v1';
import { mastersGroup, type UserInfo } from '../../auth/user-info.ts';
import type { Authorizer } from '../../authz/authorizer.ts';
import { breakdown, covers, ruleText } from '../../authz/policy-rules.ts';
import type { Rbac } from '../../authz/rbac.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';

const group = 'rbac.authorization.k8s.io';

/** Nobody grants what they do not hold, unless they are allowed to escalate (roles) or bind (bindings). */
export function roleEscalation(deps: { readonly rbac: Rbac; readonly authorizer: Authorizer }): AdmissionPlugin {
  return {
    name: 'RoleEscalation',
    handles: ({ operation, kind, user }) =>
      operation !== 'DELETE' && kind.ref.group === group && !user.groups.includes(mastersGroup),
    async validate(request) {
      const wanted = granted(deps.rbac, request);
      if (wanted.length === 0 || mayEscalate(deps.authorizer, request)) return;
      const owned = deps.rbac.rulesOf(request.user, request.namespace);
      const missing = wanted.flatMap(breakdown).filter((rule) => !covers(owned, rule));
      if (missing.length === 0) return;
      const why = `user ${JSON.stringify(request.user.name)} (groups=${groupsText(request.user)}) is attempting to grant RBAC permissions not currently held:\n${missing.map(ruleText).join('\n')}`;
      throw statusErrors.forbidden(request.kind.ref, request.name, why);
    },
  };
}

/** The rules that the write would give to someone, where it changes them. */
function granted(rbac: Rbac, { kind, object, old, namespace }: AdmissionRequest): readonly PolicyRule[] {
  if (kind.ref.kind === 'ClusterRole' || kind.ref.kind === 'Role') {
    const rules = (object as ClusterRole | undefined)?.rules ?? [];
    const before = (old as ClusterRole | undefined)?.rules ?? [];
    return JSON.stringify(rules) === JSON.stringify(before) ? [] : rules;
  }
  const binding = object as RoleBinding | undefined;
  return binding ? (rbac.rulesOfRole(binding.roleRef, namespace) ?? []) : [];
}

function mayEscalate(authorizer: Authorizer, { kind, object, user, namespace, name }: AdmissionRequest): boolean {
  const ask = (verb: string, resource: string, of: string): boolean =>
    authorizer.authorize({ user, verb, resource: { group, resource, subresource: '', namespace, name: of } }).allowed;
  if (kind.ref.kind.endsWith('Role')) return ask('escalate', kind.ref.resource, name);
  const { roleRef } = object as RoleBinding;
  return ask('bind', roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles', roleRef.name);
}

function groupsText({ groups }: UserInfo): string {
  return `[${groups.map((name) => JSON.stringify(name)).join(' ')}]`;
}
