import type { ManagedFieldsEntry } from '@trireme/schema/types/meta/v1';
import { equalFieldSets, type FieldSet, isEmptyFieldSet, unionFieldSets } from './field-set.ts';
import { formatFieldsV1, parseFieldsV1 } from './fields-v1.ts';

/** What one manager owns, by one kind of operation. */
export interface Managed {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** '' for the object itself. */
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
  /** What it was decoded from, as long as nothing changed: most writes touch one manager and pass on the others. */
  readonly entry?: ManagedFieldsEntry | undefined;
}

export type Managers = ReadonlyMap<string, Managed>;

export const noManagers: Managers = new Map();

/** Two entries are one manager where this is equal. An applier is itself in every version it applies by. */
export function managerId(managed: Pick<Managed, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  const { manager, operation, apiVersion, subresource } = managed;
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
}

function decodeEntry(entry: ManagedFieldsEntry): Managed | undefined {
  if (entry.operation !== 'Apply' && entry.operation !== 'Update') return undefined;
  try {
    return {
      manager: entry.manager ?? '',
      operation: entry.operation,
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
      time: entry.time,
      set: parseFieldsV1(entry.fieldsV1 ?? {}),
      entry,
    };
  } catch {
    return undefined;
  }
}

/** The managers of an object; undefined where an entry cannot be read. */
export function decodeManagedFields(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  const managers = new Map<string, Managed>();
  for (const entry of entries ?? []) {
    const managed = decodeEntry(entry);
    if (!managed) return undefined;
    managers.set(managerId(managed), managed);
  }
  return managers;
}

/** A client asks for all tracking to be dropped by writing an empty list, or one empty entry. */
export function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (!entries || entries.length > 1) return false;
  return entries.every((entry) => Object.values(entry).every((value) => value === undefined));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byOrder(a: Managed, b: Managed): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

/** More updaters than this are counted together, the oldest first, so that an object's metadata cannot grow forever. */
const maxUpdateManagers = 10;
const ancientManager = 'ancient-changes';

function capUpdaters(all: readonly Managed[]): readonly Managed[] {
  const updaters = all.filter(({ operation }) => operation === 'Update');
  if (updaters.length <= maxUpdateManagers) return all;
  const oldest = updaters.toSorted(byOrder).slice(0, updaters.length - maxUpdateManagers + 1);
  const merged = new Map<string, Managed>();
  for (const { apiVersion, set, time } of oldest) {
    const ancient = merged.get(apiVersion);
    const next: Managed = {
      manager: ancientManager,
      operation: 'Update',
      apiVersion,
      subresource: '',
      time,
      set: ancient ? unionFieldSets(ancient.set, set) : set,
    };
    merged.set(apiVersion, next);
  }
  return [...all.filter((managed) => !oldest.includes(managed)), ...merged.values()];
}

/** metadata.managedFields of these managers; undefined for none. */
export function encodeManagedFields(managers: Managers): readonly ManagedFieldsEntry[] | undefined {
  const kept = capUpdaters([...managers.values()].filter(({ set }) => !isEmptyFieldSet(set)));
  if (kept.length === 0) return undefined;
  return kept.toSorted(byOrder).map((managed) => managed.entry ?? encodeEntry(managed));
}

function encodeEntry({ manager, operation, apiVersion, subresource, time, set }: Managed): ManagedFieldsEntry {
  return {
    manager,
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: formatFieldsV1(set),
    ...(subresource !== '' && { subresource }),
  };
}

/** The managers with some sets replaced; those that own nothing any more leave. */
export function withSets(managers: Managers, change: (id: string, managed: Managed) => FieldSet): Managers {
  const next = new Map<string, Managed>();
  for (const [id, managed] of managers) {
    const set = change(id, managed);
    if (isEmptyFieldSet(set)) continue;
    next.set(id, equalFieldSets(set, managed.set) ? managed : { ...managed, set, entry: undefined });
  }
  return next;
}
