import type { Kind } from '@trireme/api';
import { createShapes, type FieldTracking, resetFields, timeText, trackUpdate } from '@trireme/api-machinery';
import { type ApiObject, apiVersionOf, type TypeTable } from '@trireme/schema';

/** One write by a named manager, as far as field ownership is concerned. */
export interface TrackedWrite {
  readonly kind: Kind;
  readonly object: ApiObject;
  readonly old: ApiObject | undefined;
  readonly manager: string;
  readonly subresource: string;
  readonly nowIso: string;
}

/** Keeps metadata.managedFields: which manager set which field. */
export interface FieldTracker {
  /** The object with the ownership that a create, update or patch leads to. */
  track(write: TrackedWrite): ApiObject;
}

export function createFieldTracker(types: TypeTable): FieldTracker {
  return {
    track({ kind, object, old, manager, subresource, nowIso }) {
      return trackUpdate(old, object, { ...trackingOf(types, kind, subresource, 0), manager, nowIso });
    },
  };
}

/** `object` with the ownership that was counted on `tracked`. */
export function withOwners(object: ApiObject, tracked: ApiObject): ApiObject {
  const { managedFields } = tracked.metadata;
  if (object.metadata.managedFields === managedFields) return object;
  const { managedFields: _before, ...metadata } = object.metadata;
  return { ...object, metadata: managedFields ? { ...metadata, managedFields } : metadata };
}

/** How field ownership is counted for a kind and one of its subresources. */
export function trackingOf(
  types: TypeTable,
  kind: Kind,
  subresource: string,
  nowMs: number,
): Omit<FieldTracking, 'manager'> {
  return {
    shape: shapesOf(types)(kind.typeId),
    apiVersion: apiVersionOf(kind.ref),
    subresource,
    nowIso: timeText(nowMs),
    resetFields: resetOf(kind, subresource),
  };
}

const statusReset = resetFields('status');
const specReset = resetFields('spec');

function resetOf(kind: Kind, subresource: string): FieldTracking['resetFields'] {
  if (subresource === 'status') return specReset;
  return kind.hasStatus && subresource === '' ? statusReset : undefined;
}

const shapeTables = new WeakMap<TypeTable, ReturnType<typeof createShapes>>();

function shapesOf(types: TypeTable): ReturnType<typeof createShapes> {
  const known = shapeTables.get(types) ?? createShapes(types);
  shapeTables.set(types, known);
  return known;
}
