import { type FieldError, type FieldPath, fieldErrors, fieldPath } from '@trireme/api-machinery';
import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
} from '@trireme/schema/types/authorization/v1';
import type { ObjectMeta } from '@trireme/schema/types/meta/v1';
import type { Findings } from '../field-rules.ts';

type Attributes = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>;

/** A question is about a resource or about a path, never about both. */
function* validateAttributes(spec: Attributes, path: FieldPath): Findings {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if (resource && other) {
    const message = 'cannot be specified in combination with resourceAttributes';
    yield fieldErrors.invalid(path.child('nonResourceAttributes'), other, message);
  }
  if (!resource && !other) {
    const message = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    yield fieldErrors.invalid(path.child('resourceAttributes'), null, message);
  }
}

function* validateSubject(spec: SubjectAccessReviewSpec, path: FieldPath): Findings {
  if (spec.user || (spec.groups?.length ?? 0) > 0) return;
  yield fieldErrors.invalid(path.child('user'), '', 'at least one of user or group must be specified');
}

/** Reviews are answered, not stored, so they have no metadata. */
function* validateNoMetadata(metadata: ObjectMeta | undefined, allowed: readonly string[]): Findings {
  const set = Object.entries(metadata ?? {}).filter(
    ([name, value]) => value !== undefined && value !== null && value !== '' && !allowed.includes(name),
  );
  if (set.length > 0) yield fieldErrors.invalid('metadata', Object.fromEntries(set), 'must be empty');
}

const alwaysAllowed = ['managedFields', 'creationTimestamp'];

export function validateSubjectAccessReview({ spec, metadata }: SubjectAccessReview): readonly FieldError[] {
  const path = fieldPath('spec');
  return [
    ...validateAttributes(spec, path),
    ...validateSubject(spec, path),
    ...validateNoMetadata(metadata, alwaysAllowed),
  ];
}

export function validateSelfSubjectAccessReview({ spec, metadata }: SelfSubjectAccessReview): readonly FieldError[] {
  return [...validateAttributes(spec, fieldPath('spec')), ...validateNoMetadata(metadata, alwaysAllowed)];
}

export function validateLocalSubjectAccessReview(review: LocalSubjectAccessReview): readonly FieldError[] {
  const { spec, metadata } = review;
  const path = fieldPath('spec');
  const findings = [...validateAttributes(spec, path), ...validateSubject(spec, path)];
  findings.push(...validateNoMetadata(metadata, [...alwaysAllowed, 'namespace']));
  const namespace = spec.resourceAttributes?.namespace ?? '';
  if (spec.resourceAttributes && namespace !== (metadata?.namespace ?? '')) {
    const field = path.child('resourceAttributes', 'namespace');
    findings.push(fieldErrors.invalid(field, namespace, 'must match metadata.namespace'));
  }
  if (spec.nonResourceAttributes) {
    const message = 'disallowed on this kind of request';
    findings.push(fieldErrors.invalid(path.child('nonResourceAttributes'), spec.nonResourceAttributes, message));
  }
  return findings;
}
