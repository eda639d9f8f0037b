/**
 * Says whether what clients saw of a store can have come from one object that does one thing at a time, in an order
 * true to real time (linearizability), and shows where it cannot. Pure: no clock, no randomness, the same verdict each
 * time. `unknown` means that the limit came first: treat it as a failure, since nothing was proven.
 *
 * Three ways to judge, from fast to complete:
 * - `checkLinearizable` with `createRegisterModel`: key by key, by search; takes histories with parts missing.
 * - `checkRevisionOrder`: the whole store at once, by the revisions it returned; near-linear, and the strictest.
 * - `checkLinearizable` with `createKvStoreModel`: the whole store by search, for short histories.
 *
 * @example
 * import { checkLinearizable, createRegisterModel, type RegisterHistory } from '@trireme/linearizability';
 *
 * const history: RegisterHistory = [
 *   { client: 1, calledAt: 0, returnedAt: 1, input: { type: 'put', key: 'a', value: 'x' }, output: { type: 'written', revision: 2 } },
 *   { client: 2, calledAt: 2, returnedAt: 3, input: { type: 'get', keys: ['a'] }, output: { type: 'got', kvs: [] } },
 * ];
 * const result = checkLinearizable({ model: createRegisterModel(), history, limit: { steps: 1_000_000 } });
 * if (result.verdict !== 'ok') console.log(result.timeline);
 */
export { breakages, breakHistory } from './break-history.ts';
export { isLinearizableByBruteForce } from './brute-force.ts';
export { type CheckRequest, checkLinearizable } from './check.ts';
export { checkRevisionOrder, type RevisionOrderRequest } from './check-revision-order.ts';
export { checkWatch, type WatchCheckRequest, type WatchRecord, type WatchVerdict } from './check-watch.ts';
export { type GenerateOptions, generateHistory } from './generate-history.ts';
export { type History, isKnown, type KnownOperation, type OpenOperation, type Operation } from './history.ts';
export type { KvHistory, KvInput, KvOperation, KvOutput } from './kv-history.ts';
export { type KeyHistoryOptions, toKeyHistory } from './kv-key-history.ts';
export { emptyStore, type KvStart } from './kv-space.ts';
export { createKvStoreModel } from './kv-store-model.ts';
export type { Limit } from './limit.ts';
export type { Model, Partition } from './model.ts';
export { partitionByKeys } from './partition.ts';
export { createKvRecorder, type KvRecorder } from './record-kv.ts';
export {
  createRegisterModel,
  type RegisterHistory,
  type RegisterInput,
  type RegisterOutput,
} from './register-model.ts';
export type { Shown } from './register-state.ts';
export type { Verdict, Violation } from './verdict.ts';
