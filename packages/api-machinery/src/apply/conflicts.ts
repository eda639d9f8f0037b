import type { StatusCause } from '@trireme/schema/types/meta/v1';
import { goQuote } from '../errors/go-quote.ts';
import type { StatusError } from '../errors/status-error.ts';
import { statusErrors } from '../errors/status-errors.ts';
import { type FieldSet, fieldPathsOf } from './field-set.ts';
import { fieldPathText } from './fields-v1.ts';
import type { Managed } from './managers.ts';

/** What another manager owns of what is being applied. */
export interface Conflict {
  readonly owner: Managed;
  readonly set: FieldSet;
}

function ownerText({ manager, operation, apiVersion, subresource }: Managed): string {
  const named = subresource === '' ? goQuote(manager) : `${goQuote(manager)} with subresource ${goQuote(subresource)}`;
  return operation === 'Update' ? `${named} using ${apiVersion}` : named;
}

/** The 409 of server-side apply, with a cause for each field. */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const found = conflicts
    .map(({ owner, set }) => ({ owner: ownerText(owner), fields: [...fieldPathsOf(set)].map(fieldPathText) }))
    .sort((a, b) => (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0));
  const causes: readonly StatusCause[] = found.flatMap(({ owner, fields }) =>
    fields.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field })),
  );
  const [first] = found;
  const message =
    causes.length === 1 && first
      ? `Apply failed with 1 conflict: conflict with ${first.owner}: ${first.fields.join()}`
      : `Apply failed with ${causes.length} conflicts: ${found
          .flatMap(({ owner, fields }) => [`conflicts with ${owner}:`, ...fields.map((field) => `- ${field}`)])
          .join('\n')}`;
  return statusErrors.applyConflict(causes, message);
}
