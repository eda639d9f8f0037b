import type { ApiObject } from '@trireme/schema';
import type { Column } from './kind.ts';

export type Cell = string | number | boolean | null;

/** A column and how to fill it, side by side, so that the two cannot drift apart. */
export interface ColumnDefinition<T extends ApiObject, Facts> {
  readonly name: string;
  readonly description: string;
  readonly type?: Column['type'] | undefined;
  readonly format?: 'name' | undefined;
  readonly wide?: boolean | undefined;
  readonly cell: (object: T, nowMs: number, facts: Facts) => Cell;
}

export interface ColumnSet<T extends ApiObject> {
  readonly columns: readonly Column[];
  readonly row: (object: T, nowMs: number) => readonly Cell[];
}

/** `facts` works out once per row what several cells show. */
export function defineColumns<T extends ApiObject, Facts = undefined>(
  definitions: readonly ColumnDefinition<T, Facts>[],
  facts?: (object: T, nowMs: number) => Facts,
): ColumnSet<T> {
  return {
    columns: definitions.map(({ name, type, format, description, wide }) => ({
      name,
      type: type ?? 'string',
      format,
      description,
      priority: wide ? 1 : 0,
    })),
    row(object, nowMs) {
      const known = facts?.(object, nowMs) as Facts;
      return definitions.map(({ cell }) => cell(object, nowMs, known));
    },
  };
}
