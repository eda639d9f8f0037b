import { isJsonObject, type JsonObject, type JsonValue } from '@trireme/base';
import type { ApiObject } from '@trireme/schema';
import { canonicalJson } from '../object/template-hash.ts';
import { compareValues } from './compare.ts';
import { emptyFieldSet, type FieldSet, subtractFieldSets } from './field-set.ts';
import type { Shape } from './shape.ts';
import { toFieldSet } from './to-field-set.ts';

/** Where client-side apply keeps what it applied. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

function lastAppliedOf(live: ApiObject): JsonObject | undefined {
  const text = live.metadata.annotations?.[lastAppliedAnnotation];
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) && value.apiVersion === live.apiVersion ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The fields that kubectl applied from the client's side and that still are as it left them: when the same person
 * changes over to server-side apply, these are no conflicts.
 */
export function allowedByLastApplied(live: ApiObject, shape: Shape): FieldSet {
  const last = lastAppliedOf(live);
  if (!last) return emptyFieldSet;
  const { added, removed, modified } = compareValues(last, live as unknown as JsonObject, shape);
  return [added, removed, modified].reduce(subtractFieldSets, toFieldSet(last, shape));
}

/** Keeps the annotation true when kubectl applies from the server's side, so that the way back stays open. */
export function withLastApplied(object: ApiObject, config: ApiObject, manager: string): ApiObject {
  if (manager !== 'kubectl' || !object.metadata.annotations?.[lastAppliedAnnotation]) return object;
  const { annotations, ...metadata } = config.metadata;
  const { [lastAppliedAnnotation]: _own, ...others } = annotations ?? {};
  const text = `${canonicalJson({ ...config, metadata: annotations ? { ...metadata, annotations: others } : metadata })}\n`;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [lastAppliedAnnotation]: text } },
  };
}
