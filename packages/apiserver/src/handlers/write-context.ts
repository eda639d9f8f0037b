import { statusErrors } from '@trireme/api-machinery';
import type { WriteContext } from '../registry/registry.ts';
import type { RequestContext } from '../request/context.ts';

/** What the query says about a write. */
export function writeContextOf({ query, request, user, warnings }: RequestContext): WriteContext {
  const fieldManager = query.get('fieldManager') || defaultManager(request.headers['user-agent']);
  return { user, warnings, dryRun: isDryRun(query.getAll('dryRun')), fieldManager };
}

export function isDryRun(values: readonly string[]): boolean {
  const asked = values.filter((value) => value !== '');
  if (asked.some((value) => value !== 'All')) {
    throw statusErrors.badRequest(`Invalid value: ${JSON.stringify(asked)}: dryRun must be "All"`);
  }
  return asked.length > 0;
}

/** As upstream: the program's name in the user agent. */
function defaultManager(userAgent = ''): string {
  const name = userAgent.split('/', 1)[0] ?? '';
  return (
    [...name]
      .filter((char) => char >= ' ' && char <= '~')
      .join('')
      .slice(0, 128) || 'unknown'
  );
}
