import type { PlantedBug } from './plant.ts';

export const diskBugs: readonly PlantedBug[] = [
  {
    name: 'write-not-synced',
    breaks: 'the log is acknowledged before it is on the disk',
    edits: [
      {
        file: 'log/write-ahead-log.ts',
        find: 'await file.write(this.#offset, record);\n      await file.sync();',
        replace: 'await file.write(this.#offset, record);',
      },
    ],
  },
  {
    name: 'sync-before-write',
    breaks: 'the sync is reordered before the write it is for',
    edits: [
      {
        file: 'log/write-ahead-log.ts',
        find: 'await file.write(this.#offset, record);\n      await file.sync();',
        replace: 'await file.sync();\n      await file.write(this.#offset, record);',
      },
    ],
  },
  {
    name: 'torn-tail-accepted',
    breaks: "a record's checksum is not looked at",
    edits: [
      {
        file: 'log/record.ts',
        find: "if (checksum(segment, offset, bytes, start, start + length) !== view.getUint32(4, true)) return { type: 'broken' };",
        replace: '',
      },
    ],
  },
  {
    name: 'segment-name-not-synced',
    breaks: 'a power failure takes a whole segment of the log',
    edits: [
      {
        file: 'log/write-ahead-log.ts',
        find: 'await disk.rename(this.#sparePath, path);\n    await disk.syncDirectory(this.#directory);',
        replace: 'await disk.rename(this.#sparePath, path);',
      },
    ],
  },
  {
    name: 'read-log-not-synced',
    breaks: 'what a killed process wrote and did not sync is promised by the next one (found in this store)',
    edits: [
      {
        file: 'log/write-ahead-log.ts',
        find: 'await this.#file.sync();\n      await this.#deps.disk.syncDirectory(this.#directory);',
        replace: '',
      },
    ],
  },
  {
    name: 'log-dropped-before-checkpoint',
    breaks: 'the log is compacted beyond what the state on disk holds',
    edits: [
      {
        file: 'member/housekeeping.ts',
        find: 'if (taken.replica.index > checkpoints.index || !checkpoints.meta) await checkpoints.write(space, taken);',
        replace:
          'await log.compact(raft.compact(taken.replica.index, { entries: 0, bytes: 0 }));\n    if (taken.replica.index > checkpoints.index || !checkpoints.meta) await checkpoints.write(space, taken);',
      },
    ],
  },
];
