import type { Kind } from '@trireme/api';
import {
  type FieldSelector,
  type LabelSelector,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
  statusErrors,
  unsupportedFieldMessage,
} from '@trireme/api-machinery';
import { type ApiObject, apiVersionOf } from '@trireme/schema';
import { fromStored, storageRef } from '../registry/stored-form.ts';
import { objectKey, resourcePrefix } from '../store/keys.ts';
import type { StoredObject } from '../store/stored-object.ts';

/** Which objects a list, a watch or a deletion of many is about. */
export interface Selection {
  readonly namespace: string;
  /** Every key that may be selected starts with this. */
  readonly prefix: string;
  /** True where the place alone decides. */
  readonly everything: boolean;
  matches(stored: StoredObject): boolean;
}

/** Reads labelSelector and fieldSelector. `name` is that of a path that names one object. */
export function selectionOf(kind: Kind, namespace: string, query: URLSearchParams, name = ''): Selection {
  const labels = parsed(() => parseLabelSelector(query.get('labelSelector') ?? ''));
  const fields = parsed(() => parseFieldSelector(query.get('fieldSelector') ?? ''));
  const supported = supportedFields(kind);
  const message = unsupportedFieldMessage(fields, supported);
  if (message) throw statusErrors.badRequest(message);
  const wantedName = name || fields.requiredValue('metadata.name');
  const prefix = prefixOf(kind, namespace, wantedName);
  return {
    namespace,
    prefix,
    everything: labels.empty && fields.empty && wantedName === undefined,
    matches: (stored) => matches(kind, stored, labels, fields, name),
  };
}

function prefixOf(kind: Kind, namespace: string, name: string | undefined): string {
  const placed = !kind.ref.namespaced || namespace !== '';
  if (name && placed) return objectKey(storageRef(kind), kind.ref.namespaced ? namespace : undefined, name);
  return `${resourcePrefix(storageRef(kind))}${kind.ref.namespaced && namespace ? `${namespace}/` : ''}`;
}

function matches(
  kind: Kind,
  stored: StoredObject,
  labels: LabelSelector,
  fields: FieldSelector,
  name: string,
): boolean {
  if (labels.empty && fields.empty && name === '') return true;
  const { object } = stored;
  if (name !== '' && object.metadata.name !== name) return false;
  if (!labels.empty && !labels.matches(object.metadata.labels)) return false;
  return fields.empty || fields.matches(fieldsOf(kind, fromStored(kind, object)));
}

function fieldsOf(kind: Kind, object: ApiObject): Readonly<Record<string, string>> {
  const { name = '', namespace = '' } = object.metadata;
  return { 'metadata.name': name, 'metadata.namespace': namespace, ...kind.selectableFields?.(object) };
}

const supportedByKind = new WeakMap<Kind, ReadonlySet<string>>();

/** The names of a kind's fields do not depend on the object, so an empty one tells them. */
function supportedFields(kind: Kind): ReadonlySet<string> {
  const known = supportedByKind.get(kind);
  if (known) return known;
  const empty = {
    apiVersion: apiVersionOf(kind.ref),
    kind: kind.ref.kind,
    metadata: { name: '' },
    spec: {},
    status: {},
    involvedObject: {},
    regarding: {},
    source: {},
  };
  const own = kind.selectableFields?.(empty as ApiObject) ?? {};
  const fields = new Set([
    'metadata.name',
    ...(kind.ref.namespaced ? ['metadata.namespace'] : []),
    ...Object.keys(own),
  ]);
  supportedByKind.set(kind, fields);
  return fields;
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SelectorError) throw statusErrors.badRequest(error.message);
    throw error;
  }
}
