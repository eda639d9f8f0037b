import { writeFileSync } from 'node:fs';
import { isKnown, type KvHistory } from '@trireme/linearizability';
import type { Truth } from '../load/truth.ts';
import { keyText } from './text.ts';

/** For a person to look at: an operation a line, times in milliseconds; then what happened, a revision a line. */
export function writeHistory(folder: string, history: KvHistory, truth: Truth): void {
  const operations = history.map((operation) => ({
    client: operation.client,
    calledAt: operation.calledAt,
    returnedAt: operation.returnedAt,
    input: operation.input,
    ...(isKnown(operation) ? { output: operation.output } : {}),
  }));
  const revisions = [];
  for (let revision = 2; revision <= truth.last; revision++)
    revisions.push({ revision, events: truth.changeAt(revision) ?? 'unknown' });
  writeFileSync(`${folder}/history.jsonl`, lines(operations));
  writeFileSync(`${folder}/revisions.jsonl`, lines(revisions));
}

function lines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row, readable)}\n`).join('');
}

function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}`;
  if (value instanceof Uint8Array) return keyText(value.subarray(0, 60));
  return value;
}
