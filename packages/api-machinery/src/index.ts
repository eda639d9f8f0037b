/** The rules that all API objects share: metadata, selectors, quantities, patches, server-side apply, Status errors. */
export {
  aggregateFieldErrors,
  type FieldError,
  type FieldLike,
  fieldErrorBody,
  fieldErrorMessage,
  fieldErrors,
} from './errors/field-error.ts';
export { type FieldPath, fieldPath } from './errors/field-path.ts';
export { goQuote } from './errors/go-quote.ts';
export { isStatus, StatusError, type StatusReason } from './errors/status-error.ts';
export {
  type GroupKind,
  type GroupResource,
  groupResourceText,
  optimisticLockMessage,
  statusErrors,
} from './errors/status-errors.ts';
export {
  deletedStatus,
  failedDeletePrecondition,
  failedPrecondition,
  forbiddenText,
  type RefusedRequest,
  statusOf,
} from './errors/status-of.ts';
