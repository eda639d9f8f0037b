import { CodedError } from '@trireme/base';
import type { Status } from '@trireme/schema/types/meta/v1';

/** The `reason` of a Status, which is what programs match. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export type StatusReason =
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable'
  | 'StoreReadError'
  | 'Unknown';

/** An API error, on either side of the wire: `status` is exactly what the client is sent. */
export class StatusError extends CodedError<StatusReason> {
  override readonly name = 'StatusError';
  readonly status: Status;

  constructor(status: Status, options?: { readonly cause?: unknown }) {
    super((status.reason || 'Unknown') as StatusReason, status.message ?? 'unknown error', options);
    this.status = status;
  }
}

/** True where `error` is a StatusError with this reason. */
export function isStatus(error: unknown, reason: StatusReason): error is StatusError {
  return error instanceof StatusError && error.code === reason;
}
