import { equalJson, utf8 } from '@trireme/base';
import { parseGvk } from '@trireme/schema';
import type { ObjectMeta, OwnerReference } from '@trireme/schema/types/meta/v1';
import { type FieldError, fieldErrors } from '../errors/field-error.ts';
import type { FieldPath } from '../errors/field-path.ts';
import { goQuote } from '../errors/go-quote.ts';
import {
  dnsLabelErrors,
  labelValueErrors,
  type ObjectNameRule,
  objectNameErrors,
  qualifiedNameErrors,
  type TextRule,
} from './names.ts';
import { validateManagedFieldsEntries } from './validate-managed-fields.ts';

type StringMap = { readonly [key: string]: string } | undefined;

/** All annotations of an object together, keys and values: 256 KiB. */
export const maxAnnotationsBytes = 256 * 1024;

export const fieldImmutableMessage = 'field is immutable';
export const nonNegativeMessage = 'must be greater than or equal to 0';

function check(rule: TextRule, path: FieldPath, value: string): readonly FieldError[] {
  return rule(value).map((message) => fieldErrors.invalid(path, value, message));
}

/** The rules on label keys and values, as labels, matchLabels and nodeSelector share them. */
export function validateLabels(labels: StringMap, path: FieldPath): readonly FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...check(qualifiedNameErrors, path, key),
    ...check(labelValueErrors, path, value),
  ]);
}

export function validateAnnotations(annotations: StringMap, path: FieldPath): readonly FieldError[] {
  const errors: FieldError[] = [];
  let sizeBytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const message of qualifiedNameErrors(key.toLowerCase())) errors.push(fieldErrors.invalid(path, key, message));
    sizeBytes += utf8(key).length + utf8(value).length;
  }
  if (sizeBytes > maxAnnotationsBytes) errors.push(fieldErrors.tooLong(path, maxAnnotationsBytes));
  return errors;
}

function validateOwnerReference(reference: OwnerReference, path: FieldPath): readonly FieldError[] {
  const errors: FieldError[] = [];
  const gvk = parseGvk(reference.apiVersion, reference.kind);
  if (!gvk?.version) {
    errors.push(fieldErrors.invalid(path.child('apiVersion'), reference.apiVersion, 'version must not be empty'));
  }
  for (const name of ['kind', 'name', 'uid'] as const) {
    if (!reference[name])
      errors.push(fieldErrors.invalid(path.child(name), reference[name] ?? '', 'must not be empty'));
  }
  if (reference.apiVersion === 'v1' && reference.kind === 'Event') {
    errors.push(fieldErrors.invalid(path, reference, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

export function validateOwnerReferences(
  references: readonly OwnerReference[] | undefined,
  path: FieldPath,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of references ?? []) {
    errors.push(...validateOwnerReference(reference, path));
    if (reference.controller !== true) continue;
    const named = `${reference.kind}/${reference.name}`;
    if (controller !== undefined) {
      const message = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${named}`;
      errors.push(fieldErrors.invalid(path, references, message));
    } else controller = named;
  }
  return errors;
}

const standardFinalizers: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

export function validateFinalizers(finalizers: readonly string[] | undefined, path: FieldPath): readonly FieldError[] {
  const all = finalizers ?? [];
  const errors: FieldError[] = [];
  for (const finalizer of all) {
    const nameErrors = check(qualifiedNameErrors, path, finalizer);
    errors.push(...nameErrors);
    if (nameErrors.length > 0 || finalizer.includes('/') || standardFinalizers.has(finalizer)) continue;
    const message = 'name is neither a standard finalizer name nor is it fully qualified';
    errors.push(fieldErrors.invalid(path, finalizer, message));
  }
  if (all.includes('orphan') && all.includes('foregroundDeletion')) {
    const message = 'finalizer orphan and foregroundDeletion cannot be both set';
    errors.push(fieldErrors.invalid(path, finalizers, message));
  }
  return errors;
}

export interface ObjectMetaRules {
  readonly namespaced: boolean;
  readonly nameRule: ObjectNameRule;
  readonly path: FieldPath;
}

/** The rules on metadata at creation, once names are generated and the namespace of cluster-wide objects is cleared. */
export function validateObjectMeta(meta: ObjectMeta, rules: ObjectMetaRules): readonly FieldError[] {
  const { path, nameRule } = rules;
  const errors: FieldError[] = [];
  const { generateName = '', namespace = '', generation = 0 } = meta;
  const name = meta.name ?? '';
  if (generateName !== '') {
    errors.push(...check((value) => objectNameErrors(nameRule, value, true), path.child('generateName'), generateName));
  }
  if (name === '') errors.push(fieldErrors.required(path.child('name'), 'name or generateName is required'));
  else errors.push(...check((value) => objectNameErrors(nameRule, value), path.child('name'), name));
  if (!rules.namespaced) {
    if (namespace !== '') errors.push(fieldErrors.forbidden(path.child('namespace'), 'not allowed on this type'));
  } else if (namespace === '') errors.push(fieldErrors.required(path.child('namespace')));
  else errors.push(...check(dnsLabelErrors, path.child('namespace'), namespace));
  if (generation < 0) errors.push(fieldErrors.invalid(path.child('generation'), generation, nonNegativeMessage));
  return [
    ...errors,
    ...validateSharedMeta(meta, path),
    ...validateFinalizers(meta.finalizers, path.child('finalizers')),
  ];
}

function validateSharedMeta(meta: ObjectMeta, path: FieldPath): readonly FieldError[] {
  return [
    ...validateLabels(meta.labels, path.child('labels')),
    ...validateAnnotations(meta.annotations, path.child('annotations')),
    ...validateOwnerReferences(meta.ownerReferences, path.child('ownerReferences')),
    ...validateManagedFieldsEntries(meta.managedFields, path.child('managedFields')),
  ];
}

/** A finding where the values differ, for what a kind never lets change. */
export function validateImmutable(next: unknown, old: unknown, path: FieldPath | string): readonly FieldError[] {
  return equalJson(next, old) ? [] : [fieldErrors.invalid(path, next ?? null, fieldImmutableMessage)];
}

const immutableFields = [
  ['name', ''],
  ['namespace', ''],
  ['uid', ''],
  ['creationTimestamp', null],
  ['deletionTimestamp', null],
  ['deletionGracePeriodSeconds', null],
] as const;

function validateNoNewFinalizers(meta: ObjectMeta, old: ObjectMeta, path: FieldPath): readonly FieldError[] {
  if (old.deletionTimestamp === undefined) return [];
  const known = new Set(old.finalizers ?? []);
  const added = [...new Set(meta.finalizers ?? [])].filter((finalizer) => !known.has(finalizer)).sort();
  if (added.length === 0) return [];
  const list = `[]string{${added.map(goQuote).join(', ')}}`;
  const message = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
  return [fieldErrors.forbidden(path.child('finalizers'), message)];
}

/** The rules on metadata at an update. Fill `resourceVersion` and the server-owned fields of `meta` first. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, path: FieldPath): readonly FieldError[] {
  const errors: FieldError[] = [...validateNoNewFinalizers(meta, old, path)];
  if (!meta.resourceVersion) {
    errors.push(fieldErrors.invalid(path.child('resourceVersion'), '', 'must be specified for an update'));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(fieldErrors.invalid(path.child('generation'), meta.generation ?? 0, 'must not be decremented'));
  }
  for (const [name, zero] of immutableFields) {
    errors.push(...validateImmutable(meta[name] ?? zero, old[name] ?? zero, path.child(name)));
  }
  return [...errors, ...validateSharedMeta(meta, path)];
}
