/**
 * What is particular to each kind of the API: defaults, validation, strategy and table columns, in one folder per kind
 * and one registry of them all. Everything here is pure; the apiserver does the storing.
 *
 * @example
 * import { builtinRegistry } from '@trireme/api';
 *
 * const pods = builtinRegistry.byResource({ group: '', version: 'v1', resource: 'pods' });
 * const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'web' }] } };
 * console.log(pods?.validate(pods.defaults(pod)));
 * // [{ type: 'FieldValueRequired', field: 'spec.containers[0].image', detail: '' }]
 */

export { podColumns } from './core/pod/columns.ts';
export { type PodSummary, summarizePod } from './core/pod/print-status.ts';
export { type QosClass, qosClassOf } from './core/pod/qos-class.ts';
export { isHeadless, needsClusterIp, needsHealthCheckPort, needsNodePort } from './core/service/addresses.ts';
export { type Cell, type ColumnDefinition, type ColumnSet, defineColumns } from './define-columns.ts';
export { defineKind, type KindDefinition } from './define-kind.ts';
export { fromCoreEvent, toCoreEvent } from './events/event/convert.ts';
export type {
  Column,
  GracefulDeletion,
  Kind,
  NameRule,
  ScaleBinding,
  StoredForm,
  SubresourceUpdate,
  Verb,
} from './kind.ts';
export { imageTag } from './pod-template/image-name.ts';
export { containerRequests } from './pod-template/pod-requests.ts';
export { builtinKinds, builtinRegistry, createKindRegistry, type KindRegistry } from './registry.ts';
export {
  validateLocalSubjectAccessReview,
  validateSelfSubjectAccessReview,
  validateSubjectAccessReview,
} from './reviews/access-review.ts';
export { validateBindingRequest, validateScale } from './reviews/pod-requests.ts';
export { defaultTokenRequest, tokenReviewProblem, validateTokenRequest } from './reviews/tokens.ts';
export { highestUserPriority, systemPriorityClasses } from './scheduling/priority-class/kind.ts';
