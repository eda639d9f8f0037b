import type { JsonValue } from '@trireme/base';
import { type ApiObject, parseGvk } from '@trireme/schema';
import type { StatusError } from '../errors/status-error.ts';
import { statusErrors } from '../errors/status-errors.ts';
import type { Shape } from './shape.ts';
import { typedProblems } from './to-field-set.ts';

function gvkText({ apiVersion, kind }: ApiObject): string {
  const gvk = parseGvk(apiVersion, kind);
  return gvk?.group ? `${gvk.group}/${gvk.version}, Kind=${kind}` : `/${apiVersion}, Kind=${kind}`;
}

/** Upstream's refusal of a configuration that its schema cannot take in; it carries no reason, and code 500. */
export function typedError(config: ApiObject, shape: Shape): StatusError | undefined {
  const problems = typedProblems(config as unknown as JsonValue, shape);
  if (problems.length === 0) return undefined;
  const { name, namespace = '' } = config.metadata;
  const list = problems.length === 1 ? problems.join() : `errors:\n${problems.map((text) => `  ${text}`).join('\n')}`;
  return statusErrors.unclassified(
    `failed to create typed patch object (${namespace}/${name}; ${gvkText(config)}): ${list}`,
  );
}
