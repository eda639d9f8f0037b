/** The rules that all API objects share: metadata, selectors, quantities, patches, server-side apply, Status errors. */
export type { FieldError } from './field-error.ts';
export { isStatus, StatusError, type StatusReason } from './status-error.ts';
