import { tokenReviewProblem } from '@trireme/api';
import { statusErrors, timeText } from '@trireme/api-machinery';
import type { SelfSubjectReview, TokenReview, UserInfo as WireUser } from '@trireme/schema/types/authentication/v1';
import { type UserInfo, withAuthenticated } from '../../auth/user-info.ts';
import type { ServerCore } from '../../server-core.ts';
import type { Endpoint } from '../endpoint.ts';
import { questionEndpoint } from '../virtual-endpoint.ts';

const group = 'authentication.k8s.io';

/** 'Who does this token speak for?' and 'who am I?' */
export function tokenReviewEndpoints(core: ServerCore): readonly Endpoint[] {
  return [
    questionEndpoint<TokenReview>(core, {
      group,
      version: 'v1',
      resource: 'tokenreviews',
      namespaced: false,
      gvk: { group, version: 'v1', kind: 'TokenReview' },
      async answer(review) {
        const problem = tokenReviewProblem(review);
        if (problem) throw statusErrors.badRequest(problem);
        const { token = '', audiences = [] } = review.spec;
        for (const judge of core.tokenReviewers) {
          const found = await judge(token, audiences);
          if (!found) continue;
          const status = {
            authenticated: true,
            user: wireUser(withAuthenticated(found.user)),
            audiences: found.audiences,
          };
          return { ...review, status };
        }
        return { ...review, status: { user: {}, error: 'invalid bearer token' } };
      },
    }),
    questionEndpoint<SelfSubjectReview>(core, {
      group,
      version: 'v1',
      resource: 'selfsubjectreviews',
      namespaced: false,
      gvk: { group, version: 'v1', kind: 'SelfSubjectReview' },
      answer: async (review, { user, nowMs }) => ({
        ...review,
        metadata: { ...review.metadata, creationTimestamp: timeText(nowMs) },
        status: { userInfo: wireUser(user) },
      }),
    }),
  ];
}

function wireUser({ name, uid, groups, extra }: UserInfo): WireUser {
  return { username: name, ...(uid && { uid }), groups, ...(extra && { extra }) } as WireUser;
}
