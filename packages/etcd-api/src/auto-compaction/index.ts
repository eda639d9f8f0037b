/** History that goes by itself, by etcd's rules. */
export { type AutoCompaction, durationMs, parseAutoCompaction } from './policy.ts';
export { runAutoCompaction } from './run-auto-compaction.ts';
