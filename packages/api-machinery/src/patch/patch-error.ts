import { StatusError } from '../errors/status-error.ts';

/**
 * A patch that is well formed but cannot be applied. Upstream tells the client no more than this text; why is in
 * `cause`, for logs.
 */
export function patchNotApplicable(why: string): StatusError {
  return new StatusError(
    {
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      status: 'Failure',
      message: 'the server rejected our request due to an error in our request',
      reason: 'Invalid',
      details: {},
      code: 422,
    },
    { cause: new Error(why) },
  );
}

/** What Go's decoder calls a JSON value. */
export function goKindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
