import type { ApiObject } from '@trireme/schema';
import type { ListMeta, ObjectMeta } from '@trireme/schema/types/meta/v1';

/** A column as kinds declare it. Priority 0 shows always, 1 only with `-o wide`. */
export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string | undefined;
  readonly description: string;
  readonly priority: number;
}

export type TableCell = string | number | boolean | null;

export interface TableColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export interface PartialObjectMetadata {
  readonly kind: 'PartialObjectMetadata';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: ObjectMeta;
}

export interface PartialObjectMetadataList {
  readonly kind: 'PartialObjectMetadataList';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: ListMeta;
  readonly items: readonly PartialObjectMetadata[];
}

export interface TableRow {
  readonly cells: readonly TableCell[];
  readonly object?: PartialObjectMetadata | ApiObject | undefined;
}

/** meta.k8s.io/v1 Table: what kubectl get prints. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly TableColumnDefinition[];
  readonly rows: readonly TableRow[];
}

/** `?includeObject=`: what each row carries beside its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** Undefined where the text is none of the policies; absent means Metadata. */
export function parseIncludeObject(text: string | undefined): IncludeObject | undefined {
  if (text === undefined || text === '') return 'Metadata';
  return text === 'None' || text === 'Metadata' || text === 'Object' ? text : undefined;
}

export function partialObjectMetadata(object: ApiObject): PartialObjectMetadata {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

export function partialObjectMetadataList(
  metadata: ListMeta,
  objects: readonly ApiObject[],
): PartialObjectMetadataList {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    items: objects.map(partialObjectMetadata),
  };
}

export function tableRow(object: ApiObject, cells: readonly TableCell[], include: IncludeObject): TableRow {
  if (include === 'None') return { cells };
  return { cells, object: include === 'Object' ? object : partialObjectMetadata(object) };
}

/** `headers: false` leaves the columns out, as every event of a watch does after the first. */
export function createTable(
  columns: readonly TableColumn[],
  rows: readonly TableRow[],
  metadata: ListMeta = {},
  headers = true,
): Table {
  const columnDefinitions = !headers
    ? []
    : columns.map(({ name, type, format = '', description, priority }) => ({
        name,
        type,
        format,
        description,
        priority,
      }));
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions, rows };
}
