import type { Bytes } from '@trireme/base';
import { KvError, type Op, type PutRequest, type RangeRequest, type TxnRequest } from '@trireme/ports';
import { isInTextRange, keyText, type TextRange, textRange } from './key-text.ts';

/** What is wrong with a request whatever the store holds. Checked before it costs anybody else anything. */
export function checkTxn(txn: TxnRequest, maxOps: number): void {
  checkOps(txn, maxOps, maxOps);
  checkWrites(txn.success ?? []);
  checkWrites(txn.failure ?? []);
}

export function checkRange(request: RangeRequest): void {
  requireKey(request.key);
  const by = request.sort?.by;
  if (by !== undefined && !sortTargets.includes(by))
    throw new KvError('invalid-sort', `There is no order by '${by}'. Sort by ${sortTargets.join(', ')}.`);
}

const sortTargets: readonly string[] = ['key', 'version', 'create', 'mod', 'value'];

function requireKey(key: Bytes): void {
  if (key.length === 0) throw new KvError('empty-key', 'The request names no key. Give a key of at least one byte.');
}

function checkOps(txn: TxnRequest, budget: number, maxOps: number): void {
  const { compare = [], success = [], failure = [] } = txn;
  const ops = Math.max(compare.length, success.length, failure.length);
  if (ops > budget) throw new KvError('too-many-operations', `A transaction may hold ${maxOps} operations. Split it.`);
  for (const { key } of compare) requireKey(key);
  for (const branch of [success, failure]) for (const op of branch) checkOp(op, budget - ops, maxOps);
}

function checkOp(op: Op, budget: number, maxOps: number): void {
  if (op.type === 'txn') checkOps(op.request, budget, maxOps);
  else if (op.type === 'range') checkRange(op.request);
  else requireKey(op.request.key);
  if (op.type === 'put') checkPut(op.request);
}

function checkPut(put: PutRequest): void {
  if (put.ignoreValue && put.value.length > 0)
    throw new KvError('value-provided', 'A put that keeps the present value must not bring one. Leave it empty.');
  if (put.ignoreLease && put.lease)
    throw new KvError('lease-provided', 'A put that keeps the present lease must not bring one. Leave it out.');
}

interface Writes {
  readonly puts: Set<string>;
  readonly deletes: TextRange[];
}

/** Refuses a key that one branch could write twice at one revision. */
function checkWrites(ops: readonly Op[]): Writes {
  const writes: Writes = { puts: new Set(), deletes: [] };
  if (ops.length === 1 && ops[0]?.type === 'put') return { ...writes, puts: new Set([keyText(ops[0].request.key)]) };
  for (const op of ops) if (op.type === 'delete-range') writes.deletes.push(textRange(op.request));
  for (const op of ops) if (op.type === 'txn') mergeChild(writes, op.request);
  for (const op of ops) if (op.type === 'put') addPut(writes, keyText(op.request.key));
  return writes;
}

function mergeChild(writes: Writes, child: TxnRequest): void {
  const then = checkWrites(child.success ?? []);
  const otherwise = checkWrites(child.failure ?? []);
  for (const text of then.puts) addPut(writes, text);
  // Only one of the two branches runs, so both may write the same key.
  for (const text of otherwise.puts) if (!then.puts.has(text)) addPut(writes, text);
  writes.deletes.push(...then.deletes, ...otherwise.deletes);
}

function addPut({ puts, deletes }: Writes, text: string): void {
  if (puts.has(text) || deletes.some((range) => isInTextRange(range, text)))
    throw new KvError('duplicate-key', 'A transaction may write a key only once. Merge the operations.');
  puts.add(text);
}
