import { statusErrors } from '@trireme/api-machinery';
import type { Headers } from '@trireme/ports';
import { type Authorizer, demand, type ResourceAttributes } from '../authz/authorizer.ts';
import { authenticatedGroup, type UserInfo } from './user-info.ts';

const serviceAccountPrefix = 'system:serviceaccount:';
const authenticationGroup = 'authentication.k8s.io';

/** Acts as another user where the headers ask for it and the user may. Returns who the request speaks for. */
export function impersonate(headers: Headers, user: UserInfo, authorizer: Authorizer): UserInfo {
  const name = headers['impersonate-user'];
  const groups = listOf(headers['impersonate-group']);
  const uid = headers['impersonate-uid'];
  const extra = extraOf(headers);
  if (!name) {
    if (groups.length > 0 || uid || Object.keys(extra).length > 0) {
      throw statusErrors.internalError(
        `requested [{UserInfo  authentication.k8s.io/v1  }] without impersonating a user`,
      );
    }
    return user;
  }
  const may = (resource: Partial<ResourceAttributes>): void => {
    const asked = { group: '', resource: '', subresource: '', namespace: '', name: '', ...resource };
    demand(authorizer, { user, verb: 'impersonate', resource: asked });
  };
  const account = serviceAccountOf(name);
  if (account) may({ resource: 'serviceaccounts', namespace: account.namespace, name: account.name });
  else may({ resource: 'users', name });
  for (const group of groups) may({ resource: 'groups', name: group });
  if (uid) may({ group: authenticationGroup, resource: 'uids', name: uid });
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values)
      may({ group: authenticationGroup, resource: 'userextras', subresource: key, name: value });
  }
  return { name, groups: groupsOf(name, groups, account), uid, extra };
}

function groupsOf(
  name: string,
  asked: readonly string[],
  account: { readonly namespace: string } | undefined,
): readonly string[] {
  const own =
    account && asked.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`] : asked;
  if (name === 'system:anonymous')
    return own.includes('system:unauthenticated') ? own : [...own, 'system:unauthenticated'];
  return own.includes(authenticatedGroup) ? own : [...own, authenticatedGroup];
}

function serviceAccountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  if (!user.startsWith(serviceAccountPrefix)) return undefined;
  const [namespace, name, ...more] = user.slice(serviceAccountPrefix.length).split(':');
  return namespace && name && more.length === 0 ? { namespace, name } : undefined;
}

function listOf(header: string | undefined): readonly string[] {
  return header
    ? header
        .split(',')
        .map((text) => text.trim())
        .filter((text) => text !== '')
    : [];
}

const extraPrefix = 'impersonate-extra-';

function extraOf(headers: Headers): Readonly<Record<string, readonly string[]>> {
  const extra: Record<string, readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(extraPrefix)) extra[decodeURIComponent(name.slice(extraPrefix.length))] = listOf(value);
  }
  return extra;
}
