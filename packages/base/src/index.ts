/**
 * The ground that every package stands on: small, pure, free of I/O, clocks and randomness.
 *
 * @example
 * import { CodedError, invariant, utf8 } from '@trireme/base';
 *
 * function open(name: string): void {
 *   invariant(name.length > 0, 'open needs a name');
 *   throw new CodedError('not-found', `open ${name}: no such file. Create it first.`);
 * }
 */
export { type AsyncQueue, createAsyncQueue } from './async-queue.ts';
export {
  type Bytes,
  compareBytes,
  concatBytes,
  emptyBytes,
  equalBytes,
  fromBase64,
  fromUtf8,
  fromUtf8Strict,
  toBase64,
  utf8,
} from './bytes.ts';
export { type Cidr, cidrAddressAt, cidrSubnetAt, cidrsOverlap, formatCidr, parseCidr } from './cidr.ts';
export { CodedError, hasCode, messageOf } from './coded-error.ts';
export { createDeferred, type Deferred } from './deferred.ts';
export { createHeap, type Heap } from './heap.ts';
export { InvariantError, invariant, unreachable } from './invariant.ts';
export { cloneJson, deepFreeze, equalJson, isJsonObject, type JsonObject, type JsonValue } from './json.ts';
