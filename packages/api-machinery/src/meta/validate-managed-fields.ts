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
  const at = [...manager].findIndex((char) => unprintable.test(char));
  if (at >= 0) {
    errors.push(fieldErrors.invalid(path, manager, 'should only contain printable characters'));
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
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      errors.push(fieldErrors.invalid(at.child('operation'), entry.operation ?? '', 'must be `Apply` or `Update`'));
    }
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1') {
      errors.push(fieldErrors.invalid(at.child('fieldsType'), entry.fieldsType, 'must be `FieldsV1`'));
    }
    errors.push(...validateFieldManager(entry.manager ?? '', at.child('manager')));
    if ((entry.subresource ?? '').length > 256) errors.push(fieldErrors.tooLong(at.child('subresource'), 256));
    return errors;
  });
}
