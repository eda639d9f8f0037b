import type { Kind } from '@trireme/api';
import { createTable, type IncludeObject, type Table, tableRow } from '@trireme/api-machinery';
import type { ListMeta } from '@trireme/schema/types/meta/v1';
import { fromStored } from '../registry/stored-form.ts';
import type { StoredObject } from '../store/stored-object.ts';

export interface TableOptions {
  readonly nowMs: number;
  readonly includeObject: IncludeObject;
  readonly withoutHeader?: boolean | undefined;
}

/** Objects as rows and cells, as kubectl prints them. */
export function tableOf(kind: Kind, items: readonly StoredObject[], meta: ListMeta, options: TableOptions): Table {
  const only = items.length === 1 ? items[0] : undefined;
  const resourceVersion = meta.resourceVersion ?? (only && String(only.revision));
  const rows = items.map(({ object }) =>
    tableRow(object, kind.row(fromStored(kind, object), options.nowMs), options.includeObject),
  );
  const metadata = { ...meta, ...(resourceVersion && { resourceVersion }) };
  return createTable(kind.columns, rows, metadata, !options.withoutHeader);
}
