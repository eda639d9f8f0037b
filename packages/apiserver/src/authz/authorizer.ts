import { forbiddenText, type RefusedRequest, statusErrors } from '@trireme/api-machinery';
import { mastersGroup, type UserInfo } from '../auth/user-info.ts';
import type { RequestInfo } from '../request/request-info.ts';

/** A question of authorization: may this user do this? */
export interface Attributes {
  readonly user: UserInfo;
  readonly verb: string;
  /** Absent for a path that is no resource. */
  readonly resource?: ResourceAttributes | undefined;
  readonly path?: string | undefined;
}

export interface ResourceAttributes {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Why, in upstream's words; '' where there is nothing to say. */
  readonly reason: string;
}

/** One source of permissions. It can only allow: what no authorizer allows is refused. */
export interface Authorizer {
  readonly name: string;
  authorize(attributes: Attributes): Verdict;
}

export const noOpinion: Verdict = { allowed: false, reason: '' };

/** Members of system:masters may do everything, so that a cluster can always be repaired. */
export const mastersAuthorizer: Authorizer = {
  name: 'masters',
  authorize: ({ user }) => (user.groups.includes(mastersGroup) ? { allowed: true, reason: '' } : noOpinion),
};

export function createUnionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    name: 'union',
    authorize(attributes) {
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const verdict = authorizer.authorize(attributes);
        if (verdict.allowed) return verdict;
        if (verdict.reason !== '') reasons.push(verdict.reason);
      }
      return { allowed: false, reason: reasons.join('\n') };
    },
  };
}

export function attributesOf(info: RequestInfo, user: UserInfo): Attributes {
  if (!info.isResource) return { user, verb: info.verb, path: info.path };
  const { group, resource, subresource, namespace, name } = info;
  return { user, verb: info.verb, resource: { group, resource, subresource, namespace, name } };
}

/** Throws 403 with upstream's text where the answer is no. */
export function demand(authorizer: Authorizer, attributes: Attributes): void {
  const verdict = authorizer.authorize(attributes);
  if (verdict.allowed) return;
  const { user, verb, resource, path } = attributes;
  const refused: RefusedRequest = { user: user.name, verb, resource, path };
  const ref = { group: resource?.group ?? '', resource: resource?.resource ?? '' };
  throw statusErrors.forbidden(ref, resource?.name ?? '', forbiddenText(refused, verdict.reason));
}
