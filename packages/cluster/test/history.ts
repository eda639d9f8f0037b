import { createHash } from 'node:crypto';
import { fromUtf8 } from '@trireme/base';
import type { WatchStream } from '@trireme/ports';
import type { SimulatedCluster } from '../src/node/index.ts';

/** Everything that was ever written to a cluster's store, event by event. */
export interface History {
  readonly eventCount: number;
  /** Over all events up to now: keys, values, revisions, versions, leases and their order. */
  hash(): Promise<string>;
  /** The keys of the events, for people who look for where two histories part. */
  readonly lines: readonly string[];
}

const everything = { key: new Uint8Array([0]), rangeEnd: new Uint8Array([0]) };

export function recordHistory(cluster: SimulatedCluster): History & { catchUp(): Promise<void> } {
  const digest = createHash('sha256');
  const lines: string[] = [];
  let revision = 0;
  const catchUp = async (): Promise<void> => {
    const store = await cluster.waitFor('a leader', () => cluster.leader()?.store);
    const until = store.status().revision;
    if (until <= revision) return;
    const stream = store.kv.watch({ ...everything, startRevision: revision + 1 });
    await cluster.run(follow(stream, until));
    stream.cancel();
  };
  const follow = async (stream: WatchStream, until: number): Promise<void> => {
    for await (const response of stream) {
      if (response.type === 'compacted') throw new Error('the history was compacted before it was recorded');
      if (response.type !== 'events') continue;
      for (const { type, kv } of response.events) {
        const head = `${type} ${fromUtf8(kv.key)} ${kv.modRevision} ${kv.version} ${kv.lease}`;
        digest.update(`${head}\n`).update(kv.value).update('\n');
        lines.push(head);
        revision = kv.modRevision;
      }
      if (revision >= until) break;
    }
  };
  return {
    catchUp,
    lines,
    get eventCount() {
      return lines.length;
    },
    async hash() {
      await catchUp();
      return digest.copy().digest('hex');
    },
  };
}
