import {
  validateLocalSubjectAccessReview,
  validateSelfSubjectAccessReview,
  validateSubjectAccessReview,
} from '@trireme/api';
import { type FieldError, statusErrors } from '@trireme/api-machinery';
import type {
  LocalSubjectAccessReview,
  NonResourceAttributes,
  ResourceAttributes as ReviewAttributes,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
  SubjectAccessReviewStatus,
} from '@trireme/schema/types/authorization/v1';
import type { UserInfo } from '../../auth/user-info.ts';
import type { Attributes } from '../../authz/authorizer.ts';
import type { ServerCore } from '../../server-core.ts';
import type { Endpoint } from '../endpoint.ts';
import { questionEndpoint } from '../virtual-endpoint.ts';

const group = 'authorization.k8s.io';

interface Asked {
  readonly resourceAttributes?: ReviewAttributes | undefined;
  readonly nonResourceAttributes?: NonResourceAttributes | undefined;
}

/** 'May they?' and 'may I?', asked over the API. */
export function accessReviewEndpoints(core: ServerCore): readonly Endpoint[] {
  const place = (kind: string, resource: string, namespaced = false) => ({
    group,
    version: 'v1',
    resource,
    namespaced,
    gvk: { group, version: 'v1', kind },
  });
  return [
    questionEndpoint<SelfSubjectAccessReview>(core, {
      ...place('SelfSubjectAccessReview', 'selfsubjectaccessreviews'),
      async answer(review, { user }) {
        refuse('SelfSubjectAccessReview', validateSelfSubjectAccessReview(review));
        return { ...review, status: judge(core, review.spec, user) };
      },
    }),
    questionEndpoint<SubjectAccessReview>(core, {
      ...place('SubjectAccessReview', 'subjectaccessreviews'),
      async answer(review) {
        refuse('SubjectAccessReview', validateSubjectAccessReview(review));
        return { ...review, status: judge(core, review.spec, userOf(review.spec)) };
      },
    }),
    questionEndpoint<LocalSubjectAccessReview>(core, {
      ...place('LocalSubjectAccessReview', 'localsubjectaccessreviews', true),
      async answer(review, { info }) {
        refuse('LocalSubjectAccessReview', validateLocalSubjectAccessReview(review));
        if (review.spec.resourceAttributes?.namespace !== info.namespace) {
          throw statusErrors.badRequest(`spec.resourceAttributes.namespace must match namespace: ${info.namespace}`);
        }
        return { ...review, status: judge(core, review.spec, userOf(review.spec)) };
      },
    }),
    questionEndpoint<SelfSubjectRulesReview>(core, {
      ...place('SelfSubjectRulesReview', 'selfsubjectrulesreviews'),
      async answer(review, { user }) {
        const { namespace = '' } = review.spec;
        if (namespace === '') throw statusErrors.badRequest('no namespace on request');
        return { ...review, status: rulesOf(core, user, namespace) };
      },
    }),
  ];
}

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw statusErrors.invalid({ group, kind }, '', errors);
}

function userOf({ user = '', groups = [], uid, extra }: SubjectAccessReviewSpec): UserInfo {
  return { name: user, groups, uid, extra };
}

function judge(core: ServerCore, asked: Asked, user: UserInfo): SubjectAccessReviewStatus {
  const { allowed, reason } = core.authorizer.authorize(attributesOf(asked, user));
  return { allowed, ...(reason !== '' && { reason }) };
}

function attributesOf({ resourceAttributes: asked, nonResourceAttributes }: Asked, user: UserInfo): Attributes {
  if (!asked) return { user, verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' };
  const { group: apiGroup = '', resource = '', subresource = '', namespace = '', name = '', verb = '' } = asked;
  return { user, verb, resource: { group: apiGroup, resource, subresource, namespace, name } };
}

function rulesOf(core: ServerCore, user: UserInfo, namespace: string): SelfSubjectRulesReview['status'] {
  const masters = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  const isMaster = user.groups.includes('system:masters');
  const rules = core.rbac.rulesOf(user, namespace);
  const resourceRules = rules.filter((rule) => rule.resources?.length);
  const nonResourceRules = rules.filter((rule) => rule.nonResourceURLs?.length);
  return {
    resourceRules: [
      ...(isMaster ? [masters] : []),
      ...resourceRules.map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        resourceNames,
      })),
    ],
    nonResourceRules: [
      ...(isMaster ? [{ verbs: ['*'], nonResourceURLs: ['*'] }] : []),
      ...nonResourceRules.map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    ],
    incomplete: false,
  };
}
