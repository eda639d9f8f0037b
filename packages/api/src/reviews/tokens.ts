import { type FieldError, fieldErrors, fieldPath } from '@trireme/api-machinery';
import type { TokenRequest, TokenReview } from '@trireme/schema/types/authentication/v1';
import { fill, over } from '../fill.ts';

const defaultTokenSeconds = 3600;
const shortestTokenSeconds = 10 * 60;
const longestTokenSeconds = 2 ** 32;

export function defaultTokenRequest(request: TokenRequest): TokenRequest {
  const withSpec = request.spec === undefined ? { ...request, spec: {} } : request;
  return over(withSpec, 'spec', (spec) => fill(spec, { expirationSeconds: defaultTokenSeconds }));
}

export function validateTokenRequest({ spec }: TokenRequest): readonly FieldError[] {
  const path = fieldPath('spec', 'expirationSeconds');
  const seconds = spec.expirationSeconds ?? 0;
  if (seconds < shortestTokenSeconds) {
    return [fieldErrors.invalid(path, seconds, 'may not specify a duration less than 10 minutes')];
  }
  if (seconds > longestTokenSeconds) {
    return [fieldErrors.invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds')];
  }
  return [];
}

/** Why a review cannot be answered, as the message of a BadRequest; undefined where it can. */
export function tokenReviewProblem({ metadata, spec }: TokenReview): string | undefined {
  if (metadata?.namespace) return 'namespace is not allowed on this type';
  return spec?.token ? undefined : 'token is required for authentication';
}
