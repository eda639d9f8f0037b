import type { DeleteOptions } from '@trireme/schema/types/meta/v1';
import { type FieldError, fieldErrors } from '../errors/field-error.ts';
import { validateFieldManager } from '../meta/validate-managed-fields.ts';

/** The query of a create, an update or a patch. Absent and '' are the same. */
export interface WriteOptions {
  readonly fieldManager?: string | undefined;
  readonly dryRun?: readonly string[] | undefined;
  readonly fieldValidation?: string | undefined;
}

function dryRunErrors(dryRun: readonly string[] | undefined): readonly FieldError[] {
  const known = (dryRun ?? []).every((value) => value === 'All');
  return known ? [] : [fieldErrors.notSupported('dryRun', dryRun, ['All'])];
}

/** The rules of the options of create and update. */
export function validateWriteOptions(options: WriteOptions): readonly FieldError[] {
  const validations = ['', 'Ignore', 'Strict', 'Warn'];
  const { fieldValidation = '' } = options;
  return [
    ...validateFieldManager(options.fieldManager ?? ''),
    ...dryRunErrors(options.dryRun),
    ...(validations.includes(fieldValidation)
      ? []
      : [fieldErrors.notSupported('fieldValidation', fieldValidation, validations)]),
  ];
}

/** The rules of the options of patch; `apply` for server-side apply. */
export function validatePatchOptions(
  options: WriteOptions & { readonly force?: boolean | undefined },
  apply: boolean,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (apply && !options.fieldManager) errors.push(fieldErrors.required('fieldManager', 'is required for apply patch'));
  if (!apply && options.force !== undefined) {
    errors.push(fieldErrors.forbidden('force', 'may not be specified for non-apply patch'));
  }
  return [...errors, ...validateWriteOptions(options)];
}

const policies = ['Foreground', 'Background', 'Orphan'];

export function validateDeleteOptions(options: DeleteOptions): readonly FieldError[] {
  const { orphanDependents, propagationPolicy } = options;
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    const message = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(fieldErrors.invalid('propagationPolicy', propagationPolicy, message));
  }
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy)) {
    errors.push(fieldErrors.notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil']));
  }
  return [...errors, ...dryRunErrors(options.dryRun)];
}
