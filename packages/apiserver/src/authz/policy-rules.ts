import type { PolicyRule } from '@trireme/schema/types/rbac/v1';
import type { Attributes, ResourceAttributes } from './authorizer.ts';

const all = '*';

/** Whether one rule allows what is asked. */
export function ruleAllows(rule: PolicyRule, { verb, resource, path }: Attributes): boolean {
  if (!includes(rule.verbs, verb)) return false;
  if (!resource) return path !== undefined && pathMatches(rule, path);
  return (
    includes(rule.apiGroups, resource.group) && resourceMatches(rule, resource) && nameMatches(rule, resource.name)
  );
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list?.some((item) => item === all || item === value) ?? false;
}

function resourceMatches(rule: PolicyRule, { resource, subresource }: ResourceAttributes): boolean {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  return (
    rule.resources?.some(
      (item) => item === all || item === combined || (subresource !== '' && item === `*/${subresource}`),
    ) ?? false
  );
}

function nameMatches(rule: PolicyRule, name: string): boolean {
  return !rule.resourceNames?.length || rule.resourceNames.includes(name);
}

function pathMatches(rule: PolicyRule, path: string): boolean {
  return (
    rule.nonResourceURLs?.some(
      (item) => item === all || item === path || (item.endsWith(all) && path.startsWith(item.slice(0, -1))),
    ) ?? false
  );
}

/** The single permissions that a rule grants, one verb on one resource (and name, or path) each. */
export function breakdown(rule: PolicyRule): readonly PolicyRule[] {
  const single: PolicyRule[] = [];
  for (const verb of rule.verbs ?? []) {
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const base = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (!rule.resourceNames?.length) single.push(base);
        else for (const name of rule.resourceNames) single.push({ ...base, resourceNames: [name] });
      }
    }
    for (const url of rule.nonResourceURLs ?? []) single.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return single;
}

/** Whether `owned` rules cover one single permission of `breakdown`. */
export function covers(owned: readonly PolicyRule[], wanted: PolicyRule): boolean {
  return owned.some((rule) => {
    if (!includes(rule.verbs, wanted.verbs?.[0] ?? '')) return false;
    const url = wanted.nonResourceURLs?.[0];
    if (url !== undefined) return pathMatches(rule, url);
    const [resource = '', subresource = ''] = (wanted.resources?.[0] ?? '').split('/');
    const asked = { group: '', resource, subresource, namespace: '', name: '' };
    const names = wanted.resourceNames ?? [];
    const namesCovered =
      !rule.resourceNames?.length || (names.length > 0 && names.every((name) => rule.resourceNames?.includes(name)));
    return includes(rule.apiGroups, wanted.apiGroups?.[0] ?? '') && resourceMatches(rule, asked) && namesCovered;
  });
}

/** Upstream's short print of a rule: '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'. */
export function ruleText(rule: PolicyRule): string {
  const list = (items: readonly string[]): string => `[${items.map((item) => JSON.stringify(item)).join(' ')}]`;
  const parts: string[] = [];
  if (rule.apiGroups?.length) parts.push(`APIGroups:${list(rule.apiGroups)}`);
  if (rule.resources?.length) parts.push(`Resources:${list(rule.resources)}`);
  if (rule.resourceNames?.length) parts.push(`ResourceNames:${list(rule.resourceNames)}`);
  if (rule.nonResourceURLs?.length) parts.push(`NonResourceURLs:${list(rule.nonResourceURLs)}`);
  if (rule.verbs?.length) parts.push(`Verbs:${list(rule.verbs)}`);
  return `{${parts.join(', ')}}`;
}
