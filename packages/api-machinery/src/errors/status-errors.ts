import type { GroupVersionKind, ResourceRef } from '@trireme/schema';
import type { Status, StatusCause, StatusDetails } from '@trireme/schema/types/meta/v1';
import { aggregateFieldErrors, type FieldError, fieldErrorBody } from './field-error.ts';
import { goQuote } from './go-quote.ts';
import { StatusError, type StatusReason } from './status-error.ts';

export type GroupResource = Pick<ResourceRef, 'group' | 'resource'>;
export type GroupKind = Pick<GroupVersionKind, 'group' | 'kind'>;

/** 'pods' or 'deployments.apps'. */
export function groupResourceText(ref: GroupResource): string {
  return ref.group === '' ? ref.resource : `${ref.resource}.${ref.group}`;
}

function groupKindText(gk: GroupKind): string {
  return gk.group === '' ? gk.kind : `${gk.kind}.${gk.group}`;
}

function failure(code: number, reason: StatusReason, message: string, details?: StatusDetails): StatusError {
  const status: Status = {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details && { details }),
    code,
  };
  return new StatusError(status);
}

function detailsOf(ref: GroupResource, name: string, more?: Partial<StatusDetails>): StatusDetails {
  return { ...(name && { name }), ...(ref.group && { group: ref.group }), kind: ref.resource, ...more };
}

function causesOf(errors: readonly FieldError[]): readonly StatusCause[] {
  return errors.map((error) => ({ reason: error.type, message: fieldErrorBody(error), field: error.field }));
}

function invalid(gk: GroupKind, name: string, errors: readonly FieldError[]): StatusError {
  const what = `${groupKindText(gk)} ${goQuote(name)} is invalid`;
  const message = errors.length === 0 ? what : `${what}: ${aggregateFieldErrors(errors)}`;
  return failure(422, 'Invalid', message, {
    ...(name && { name }),
    ...(gk.group && { group: gk.group }),
    kind: gk.kind,
    ...(errors.length > 0 && { causes: causesOf(errors) }),
  });
}

function retryDetails(retryAfterSeconds: number | undefined): StatusDetails | undefined {
  return retryAfterSeconds ? { retryAfterSeconds } : undefined;
}

const staleContinue =
  'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.';
const staleContinueWithToken =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/**
 * Every error Status that the server sends, with upstream's codes, reasons, texts and details.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export const statusErrors = {
  notFound: (ref: GroupResource, name: string): StatusError =>
    failure(404, 'NotFound', `${groupResourceText(ref)} ${goQuote(name)} not found`, detailsOf(ref, name)),

  /** For a path that names no served resource. */
  unknownResource: (): StatusError => failure(404, 'NotFound', 'the server could not find the requested resource', {}),

  alreadyExists: (ref: GroupResource, name: string): StatusError =>
    failure(409, 'AlreadyExists', `${groupResourceText(ref)} ${goQuote(name)} already exists`, detailsOf(ref, name)),

  /** When every name generated from generateName was taken. */
  generateNameConflict: (ref: GroupResource, name: string, retryAfterSeconds = 1): StatusError => {
    const what = `${groupResourceText(ref)} ${goQuote(name)} already exists`;
    const message = `${what}, the server was not able to generate a unique name for the object`;
    return failure(409, 'AlreadyExists', message, detailsOf(ref, name, { retryAfterSeconds }));
  },

  conflict: (ref: GroupResource, name: string, message: string): StatusError =>
    failure(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${groupResourceText(ref)} ${goQuote(name)}: ${message}`,
      detailsOf(ref, name),
    ),

  /** A write whose resourceVersion is not the stored one. */
  staleObject: (ref: GroupResource, name: string): StatusError =>
    statusErrors.conflict(ref, name, optimisticLockMessage),

  /** The server-side apply conflict: one cause for each field that another manager owns. */
  applyConflict: (causes: readonly StatusCause[], message: string): StatusError =>
    failure(409, 'Conflict', message, { causes }),

  /** `reason` says why: of the authorizer (see `forbiddenText`), of an admission plugin. */
  forbidden: (ref: GroupResource, name: string, reason: string): StatusError =>
    ref.resource === ''
      ? failure(403, 'Forbidden', `forbidden: ${reason}`, {})
      : failure(
          403,
          'Forbidden',
          `${groupResourceText(ref)} ${name === '' ? '' : `${goQuote(name)} `}is forbidden: ${reason}`,
          detailsOf(ref, name),
        ),

  invalid,

  badRequest: (message: string): StatusError => failure(400, 'BadRequest', message),

  unauthorized: (message = 'Unauthorized'): StatusError => failure(401, 'Unauthorized', message),

  methodNotSupported: (ref: GroupResource, action: string): StatusError =>
    failure(
      405,
      'MethodNotAllowed',
      `${action} is not supported on resources of kind ${goQuote(groupResourceText(ref))}`,
      detailsOf(ref, ''),
    ),

  notAcceptable: (accepted: readonly string[]): StatusError =>
    failure(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`),

  unsupportedMediaType: (accepted: readonly string[]): StatusError =>
    failure(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
    ),

  requestEntityTooLarge: (message: string): StatusError =>
    failure(413, 'RequestEntityTooLarge', `Request entity too large: ${message}`),

  tooManyRequests: (message: string, retryAfterSeconds?: number): StatusError =>
    failure(429, 'TooManyRequests', message, retryDetails(retryAfterSeconds)),

  timeout: (message: string, retryAfterSeconds?: number): StatusError =>
    failure(504, 'Timeout', `Timeout: ${message}`, retryDetails(retryAfterSeconds)),

  serverTimeout: (ref: GroupResource, operation: string, retryAfterSeconds = 0): StatusError =>
    failure(
      500,
      'ServerTimeout',
      `The ${operation} operation against ${groupResourceText(ref)} could not be completed at this time, please try again.`,
      detailsOf(ref, operation, retryDetails(retryAfterSeconds)),
    ),

  internalError: (message: string): StatusError =>
    failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }),

  /** An error that upstream hands on as it is, with code 500 and no reason. */
  unclassified: (message: string): StatusError =>
    new StatusError({ apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message, code: 500 }),

  serviceUnavailable: (message: string): StatusError => failure(503, 'ServiceUnavailable', message),

  gone: (message: string): StatusError => failure(410, 'Gone', message),

  resourceExpired: (message: string): StatusError => failure(410, 'Expired', message),

  /** A watch from a compacted revision. */
  watchExpired: (): StatusError =>
    statusErrors.resourceExpired('The resourceVersion for the provided watch is too old.'),

  /** A list at an exact revision that was compacted. */
  listExpired: (): StatusError => statusErrors.resourceExpired('The resourceVersion for the provided list is too old.'),

  /** A continue token whose revision was compacted; with a token for the rest, the client may go on inconsistently. */
  continueExpired: (inconsistentToken?: string): StatusError => {
    if (inconsistentToken === undefined) return statusErrors.resourceExpired(staleContinue);
    const { status } = statusErrors.resourceExpired(staleContinueWithToken);
    return new StatusError({ ...status, metadata: { continue: inconsistentToken } });
  },

  /** A read at a revision that this server has not reached yet. */
  resourceVersionTooLarge: (requested: string, current: string): StatusError =>
    failure(504, 'Timeout', `Timeout: Too large resource version: ${requested}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    }),
} as const;

/** Why a write with a stale resourceVersion is refused. */
export const optimisticLockMessage =
  'the object has been modified; please apply your changes to the latest version and try again';
