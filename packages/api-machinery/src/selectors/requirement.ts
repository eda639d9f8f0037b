import { aggregateFieldErrors, type FieldError, fieldErrors } from '../errors/field-error.ts';
import { type FieldPath, fieldPath } from '../errors/field-path.ts';
import { labelValueErrors, qualifiedNameErrors } from '../meta/names.ts';

/** Operators as a selector's text spells them. */
export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, each once. */
  readonly values: readonly string[];
}

export type Labels = { readonly [key: string]: string };

export const binaryOperators: readonly string[] = ['in', 'notin', '=', '==', '!=', 'gt', 'lt'];

const integer = /^[+-]?\d+$/;

/** What is wrong with a label key, as upstream words it inside a selector; undefined where nothing is. */
export function labelKeyError(key: string, path: FieldPath | string): FieldError | undefined {
  const messages = qualifiedNameErrors(key);
  return messages.length === 0 ? undefined : fieldErrors.invalid(path, key, messages.join('; '));
}

/** An int64 in Go's reading; undefined where it is none. */
export function int64Of(text: string): bigint | undefined {
  if (!integer.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function valueErrors(operator: LabelOperator, values: readonly string[], path: FieldPath): readonly FieldError[] {
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length > 0) return [];
      return [fieldErrors.invalid(path, values, "for 'in', 'notin' operators, values set can't be empty")];
    case '=':
    case '==':
    case '!=':
      if (values.length === 1) return [];
      return [fieldErrors.invalid(path, values, 'exact-match compatibility requires one single value')];
    case 'exists':
    case '!':
      if (values.length === 0) return [];
      return [fieldErrors.invalid(path, values, 'values set must be empty for exists and does not exist')];
    case 'gt':
    case 'lt': {
      if (values.length !== 1) {
        return [fieldErrors.invalid(path, values, "for 'Gt', 'Lt' operators, exactly one value is required")];
      }
      if (int64Of(values[0] as string) !== undefined) return [];
      return [fieldErrors.invalid(path.index(0), values[0], "for 'Gt', 'Lt' operators, the value must be an integer")];
    }
  }
}

/** A checked requirement, or upstream's text of what is wrong with it. */
export function createRequirement(
  key: string,
  operator: LabelOperator,
  given: readonly string[],
): { readonly requirement: LabelRequirement } | { readonly error: string } {
  const values = [...new Set(given)].sort();
  const path = fieldPath('values');
  const keyError = labelKeyError(key, 'key');
  const errors = [...(keyError ? [keyError] : []), ...valueErrors(operator, values, path)];
  for (const [i, value] of values.entries()) {
    const messages = labelValueErrors(value);
    if (messages.length > 0) errors.push(fieldErrors.invalid(path.index(i).key(key), value, messages.join('; ')));
  }
  return errors.length > 0 ? { error: aggregateFieldErrors(errors) } : { requirement: { key, operator, values } };
}

/** The predicate of one requirement. Negative operators hold where the label is absent. */
export function compileRequirement({ key, operator, values }: LabelRequirement): (labels: Labels) => boolean {
  const has = (labels: Labels): boolean => Object.hasOwn(labels, key);
  const [only = ''] = values;
  switch (operator) {
    case '=':
    case '==':
      return (labels) => has(labels) && labels[key] === only;
    case '!=':
      return (labels) => !has(labels) || labels[key] !== only;
    case 'in': {
      const set = new Set(values);
      return (labels) => has(labels) && set.has(labels[key] as string);
    }
    case 'notin': {
      const set = new Set(values);
      return (labels) => !has(labels) || !set.has(labels[key] as string);
    }
    case 'exists':
      return has;
    case '!':
      return (labels) => !has(labels);
    default: {
      const bound = int64Of(only);
      return (labels) => {
        const value = has(labels) ? int64Of(labels[key] as string) : undefined;
        if (value === undefined || bound === undefined) return false;
        return operator === 'gt' ? value > bound : value < bound;
      };
    }
  }
}

export function requirementText({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values.join()}`;
    case 'lt':
      return `${key}<${values.join()}`;
    default:
      return `${key}${operator}${values.join()}`;
  }
}
