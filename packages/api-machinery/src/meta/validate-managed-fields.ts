import { utf8 } from '@trireme/base';
import type { ManagedFieldsEntry } from '@trireme/schema/types/meta/v1';
import { type FieldError, fieldErrors } from '../errors/field-error.ts';
import { type FieldPath, fieldPath } from '../errors/field-path.ts';

const maxManagerBytes = 128;
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** The rules on a field manager's name, also of `?fieldManager=`. */
export function validateFieldManager(
  manager: string,
  path: FieldPath | string = fieldPath('fieldManager'),
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (utf8(manager).length > maxManagerBytes) errors.push(fieldErrors.tooLong(path, maxManagerBytes));
  let position = 0;
  for (const char of manager) {
    if (unprintable.test(char)) {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      errors.push(fieldErrors.invalid(path, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += utf8(char).length;
  }
  return errors;
}

export function validateManagedFieldsEntries(
  entries: readonly ManagedFieldsEntry[] | undefined,
  path: FieldPath,
): readonly FieldError[] {
  return (entries ?? []).flatMap((entry, index) => {
    const at = path.index(index);
    const errors: FieldError[] = [];
    const operation = at.child('operation');
    if (!entry.operation) errors.push(fieldErrors.required(operation, 'must not be empty'));
    else if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      errors.push(fieldErrors.notSupported(operation, entry.operation, ['Apply', 'Update']));
    }
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1') {
      errors.push(fieldErrors.invalid(at.child('fieldsType'), entry.fieldsType, 'must be `FieldsV1`'));
    }
    errors.push(...validateFieldManager(entry.manager ?? '', at.child('manager')));
    if ((entry.subresource ?? '').length > 256) errors.push(fieldErrors.tooLong(at.child('subresource'), 256));
    return errors;
  });
}
