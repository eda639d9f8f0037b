import type { PlantedBug } from './plant.ts';

export const stateBugs: readonly PlantedBug[] = [
  {
    name: 'sessions-forgotten',
    breaks: 'a request that was sent twice is applied twice',
    edits: [
      {
        file: 'member/replica.ts',
        find: 'sequence <= session.floor || session.done.has(sequence)) return false;',
        replace: 'sequence <= session.floor) return false;',
      },
    ],
  },
  {
    name: 'sessions-not-stored',
    breaks: 'after a restart a request that was sent twice is applied twice',
    edits: [
      {
        file: 'member/replica.ts',
        find: 'sessions: Array.from(sessions, ',
        replace: 'sessions: Array.from(new Map<number, Session>(), ',
      },
    ],
  },
  {
    name: 'incarnation-not-counted',
    breaks: 'requests of a restarted member are taken for those of its last life',
    edits: [
      {
        file: 'member/start-up.ts',
        find: 'return last + 1;',
        replace: 'return Math.max(1, last);',
      },
    ],
  },
  {
    name: 'meta-before-versions',
    breaks: 'a crash in a checkpoint leaves a state that lacks versions',
    edits: [
      {
        file: 'member/checkpoints.ts',
        find: 'await this.#putAll(this.generation, space.records(this.revision, meta.space.revision));\n    await this.#putMeta(this.generation, meta);',
        replace:
          'const from = this.revision;\n    await this.#putMeta(this.generation, meta);\n    await this.#putAll(this.generation, space.records(from, meta.space.revision));',
      },
    ],
  },
  {
    name: 'compaction-forgotten',
    breaks: 'a restarted member does not know what was compacted',
    edits: [
      {
        file: 'member/meta-codec.ts',
        find: 'space: { ...space, leases:',
        replace: 'space: { ...space, compactRevision: Math.max(0, space.compactRevision - 1), leases:',
      },
    ],
  },
  {
    name: 'leases-not-stored',
    breaks: 'leases are lost in checkpoints and snapshots',
    edits: [
      {
        file: 'member/meta-codec.ts',
        find: 'leases: space.leases.map(({ id, ttlSeconds }) => ({ id: BigInt(id), ttlSeconds }))',
        replace: 'leases: []',
      },
    ],
  },
  {
    name: 'deleted-key-comes-back',
    breaks: 'versions whose removal was lost outlive their tombstone (found in this store)',
    edits: [
      {
        file: 'member/housekeeping.ts',
        find: 'await this.#deps.checkpoints.remove(gone, this.#archives);',
        replace: 'void gone;',
      },
    ],
  },
  {
    name: 'compare-at-proposal',
    breaks: 'a guard is evaluated where the write is asked for, not where it is applied',
    edits: [
      {
        file: 'member/member-kv.ts',
        find: "await submit({ type: 'txn', request }, bytes, callOptions?.signal);",
        replace: `await submit(
        {
          type: 'txn',
          request: (request.compare ?? []).every(
            (compare) =>
              compare.target === 'mod' &&
              (replica.space.range({ key: compare.key }, deps.header()).kvs[0]?.modRevision ?? 0) === compare.value,
          )
            ? { ...request, compare: [] }
            : request,
        },
        bytes,
        callOptions?.signal,
      );`,
      },
    ],
  },
  {
    name: 'refusal-of-a-write-that-happened',
    breaks: 'a write is said to be refused although its first sending arrived (found in this store)',
    edits: [
      {
        file: 'member/proposals.ts',
        find: 'if (entry) fail(entry, remoteRefusal(code));',
        replace: 'if (entry) fail(entry, refusal(code));',
      },
    ],
  },
];
