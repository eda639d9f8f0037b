/** One finding of validation. Its type decides the cause's `reason` and how the message reads. */
export interface FieldError {
  readonly type:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueForbidden'
    | 'FieldValueDuplicate'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueNotFound'
    | 'FieldValueTypeInvalid'
    | 'InternalError';
  /** 'spec.containers[0].name' */
  readonly field: string;
  readonly badValue?: unknown;
  readonly detail: string;
}
