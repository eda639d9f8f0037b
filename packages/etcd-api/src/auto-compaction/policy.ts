import type { Revision } from '@trireme/ports';

/** As etcd's --auto-compaction-mode and --auto-compaction-retention. */
export type AutoCompaction =
  | { readonly mode: 'periodic'; readonly retentionMs: number }
  | { readonly mode: 'revision'; readonly retention: number };

/** Decides what history may go. It is looked at every `everyMs`, and decides by what it was told then. */
export interface CompactionPolicy {
  readonly everyMs: number;
  /** Takes note of the present revision. Asked on every member, so that one that comes to lead knows the past. */
  note(revision: Revision): void;
  /** Where to compact now, at the present revision, if at all. Asked `everyMs` after a note, of the member that leads. */
  due(nowMs: number, revision: Revision): Revision | undefined;
  /** It was compacted to there. */
  done(nowMs: number, revision: Revision): void;
}

const hourMs = 3_600_000;
const revisionEveryMs = 300_000;

export function createCompactionPolicy(options: AutoCompaction, nowMs: number): CompactionPolicy {
  return options.mode === 'periodic' ? periodic(options.retentionMs, nowMs) : byRevision(options.retention);
}

/**
 * Keeps what is younger than `retentionMs`: notes the revision ten times in each interval, and compacts to the oldest note at
 * the interval, which is the retention but at most an hour. The first time it waits for the whole retention.
 */
function periodic(retentionMs: number, startMs: number): CompactionPolicy {
  const intervalMs = Math.min(retentionMs, hourMs);
  const everyMs = Math.floor(intervalMs / 10);
  const notesKept = Math.floor(retentionMs / everyMs) + 1;
  const notes: Revision[] = [];
  let lastMs = startMs;
  let waitMs = retentionMs;
  return {
    everyMs,
    note(revision) {
      notes.push(revision);
      if (notes.length > notesKept) notes.shift();
    },
    due(nowMs) {
      if (nowMs - lastMs < waitMs) return undefined;
      waitMs = intervalMs;
      return notes[0];
    },
    done(nowMs) {
      lastMs = nowMs;
    },
  };
}

/** Keeps so many revisions, looking every five minutes. */
function byRevision(retention: number): CompactionPolicy {
  let last: Revision = 0;
  return {
    everyMs: revisionEveryMs,
    note: () => undefined,
    due(_, present) {
      const revision = present - retention;
      return revision > 0 && revision !== last ? revision : undefined;
    },
    done(_, revision) {
      last = revision;
    },
  };
}

/** Reads etcd's two flags. Undefined: compact nothing by itself. Throws where they make no sense. */
export function parseAutoCompaction(mode: string, retention: string): AutoCompaction | undefined {
  if (mode === 'revision') {
    if (!/^\d+$/.test(retention)) throw badRetention(retention, 'a number of revisions');
    return Number(retention) === 0 ? undefined : { mode, retention: Number(retention) };
  }
  if (mode !== 'periodic')
    throw new Error(`read --auto-compaction-mode: there is no mode '${mode}'. Use periodic or revision.`);
  const retentionMs = /^\d+$/.test(retention) ? Number(retention) * hourMs : durationMs(retention);
  if (retentionMs === undefined) throw badRetention(retention, 'hours, or a duration like 30m');
  return retentionMs === 0 ? undefined : { mode, retentionMs };
}

function badRetention(retention: string, wanted: string): Error {
  return new Error(`read --auto-compaction-retention: '${retention}' is not ${wanted}.`);
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: hourMs };

/** '1h30m' as Go writes durations; undefined for what is none. */
export function durationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return text === '0' ? 0 : undefined;
  let total = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(number) * (units[unit] ?? 0);
  return Math.round(total);
}
