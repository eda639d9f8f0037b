import { type FieldError, fieldErrors } from '../errors/field-error.ts';
import { goQuote } from '../errors/go-quote.ts';
import { statusErrors } from '../errors/status-errors.ts';

/** What of ListOptions has rules between its fields. Absent and '' are the same. */
export interface ListVersionOptions {
  readonly watch?: boolean | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: string | undefined;
  readonly continue?: string | undefined;
  readonly sendInitialEvents?: boolean | undefined;
}

const match = 'resourceVersionMatch';

function watchErrors(options: ListVersionOptions): readonly FieldError[] {
  const errors: FieldError[] = [];
  const given = options.resourceVersionMatch ?? '';
  if (options.sendInitialEvents !== undefined && given !== 'NotOlderThan') {
    errors.push(
      fieldErrors.forbidden(match, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    );
  }
  if (given === '') return errors;
  if (options.sendInitialEvents === undefined) {
    const message = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    errors.push(fieldErrors.forbidden(match, message));
  }
  if (given !== 'NotOlderThan') errors.push(fieldErrors.notSupported(match, given, ['NotOlderThan']));
  if (options.continue) {
    errors.push(fieldErrors.forbidden(match, 'resourceVersionMatch is forbidden when continue is provided'));
  }
  return errors;
}

/** The rules of `?resourceVersion=`, `resourceVersionMatch`, `continue` and `sendInitialEvents` with one another. */
export function validateListOptions(options: ListVersionOptions): readonly FieldError[] {
  if (options.watch) return watchErrors(options);
  const errors: FieldError[] = [];
  const given = options.resourceVersionMatch ?? '';
  if (given !== '') {
    if (!options.resourceVersion) {
      errors.push(fieldErrors.forbidden(match, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    }
    if (options.continue) {
      errors.push(fieldErrors.forbidden(match, 'resourceVersionMatch is forbidden when continue is provided'));
    }
    if (given !== 'Exact' && given !== 'NotOlderThan') {
      errors.push(fieldErrors.notSupported(match, given, ['Exact', 'NotOlderThan', '']));
    }
    if (given === 'Exact' && options.resourceVersion === '0') {
      const message = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
      errors.push(fieldErrors.forbidden(match, message));
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(fieldErrors.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

/** '' and '0' are 0, "any"; throws a StatusError 400 for what is no number. */
export function parseResourceVersion(text: string | undefined): number {
  if (!text || text === '0') return 0;
  const problem = !/^\d+$/.test(text) ? 'invalid syntax' : Number(text) > 2 ** 64 ? 'value out of range' : undefined;
  if (problem) {
    const error = fieldErrors.invalid(
      'resourceVersion',
      text,
      `strconv.ParseUint: parsing ${goQuote(text)}: ${problem}`,
    );
    throw statusErrors.badRequest(
      `invalid resource version: ${error.field}: Invalid value: ${goQuote(text)}: ${error.detail}`,
    );
  }
  return Number(text);
}

/** At which revision a list is read. */
export type ListRevision =
  /** The newest, agreed on by a quorum. */
  | { readonly type: 'newest' }
  /** Whatever this server has. */
  | { readonly type: 'any' }
  | { readonly type: 'at-least'; readonly revision: number }
  | { readonly type: 'exact'; readonly revision: number };

/**
 * What the options of a list ask for, once `validateListOptions` found nothing. Throws a StatusError 400.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#the-resourceversion-parameter
 */
export function listRevision(options: ListVersionOptions, limited: boolean): ListRevision {
  const { resourceVersion = '', resourceVersionMatch = '' } = options;
  if (options.continue && resourceVersion !== '' && resourceVersion !== '0') {
    throw statusErrors.badRequest('specifying resource version is not allowed when using continue');
  }
  if (resourceVersion === '') return { type: 'newest' };
  const revision = parseResourceVersion(resourceVersion);
  if (revision === 0) return { type: 'any' };
  if (resourceVersionMatch === 'Exact') return { type: 'exact', revision };
  // A limited list at a version without a match is exact, as before there were matches.
  if (resourceVersionMatch === '' && limited) return { type: 'exact', revision };
  return { type: 'at-least', revision };
}
