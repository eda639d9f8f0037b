import type { KvEvent, Revision } from '@trireme/ports';
import { keyText, valueText } from '../judge/text.ts';

/** What happened, as members tell it in watches of everything: what one says of a revision, all must say. */
export interface Truth {
  readonly last: Revision;
  changeAt(revision: Revision): readonly KvEvent[] | undefined;
  tell(by: string, events: readonly KvEvent[]): void;
}

interface Told {
  readonly text: string;
  readonly by: string;
  readonly events: readonly KvEvent[];
}

export function createTruth(complain: (problem: string) => void): Truth {
  const told = new Map<Revision, Told>();
  const revisionOf = new Map<string, Revision>();
  let last: Revision = 1;
  const tellRevision = (by: string, revision: Revision, events: readonly KvEvent[]): void => {
    const text = events.map(describeEvent).join(' ');
    const known = told.get(revision);
    if (known) {
      if (known.text !== text)
        complain(`revision ${revision} is "${known.text}" on ${known.by} and "${text}" on ${by}`);
      return;
    }
    told.set(revision, { text, by, events });
    last = Math.max(last, revision);
    for (const { type, kv } of events) {
      if (type === 'delete') continue;
      // Every value is written once, whoever writes it.
      const value = valueText(kv.value);
      const before = revisionOf.get(value);
      if (before !== undefined && before !== revision)
        complain(`the write of ${value} was applied twice, at ${before} and at ${revision}`);
      revisionOf.set(value, revision);
    }
  };
  return {
    get last() {
      return last;
    },
    changeAt: (revision) => told.get(revision)?.events,
    tell(by, events) {
      let from = 0;
      for (let to = 1; to <= events.length; to++) {
        const revision = (events[from] as KvEvent).kv.modRevision;
        if (events[to]?.kv.modRevision === revision) continue;
        tellRevision(by, revision, events.slice(from, to));
        from = to;
      }
    },
  };
}

function describeEvent({ type, kv }: KvEvent): string {
  return `${type} ${keyText(kv.key)}=${valueText(kv.value)} (${kv.createRevision}, ${kv.version}, ${kv.lease})`;
}
