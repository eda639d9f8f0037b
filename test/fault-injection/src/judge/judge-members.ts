import { checkWatch } from '@trireme/linearizability';
import type { KeyValue, KvEvent, Revision } from '@trireme/ports';
import type { Cluster, Member } from '../arena/cluster.ts';
import { eventually, within } from '../arena/deadline.ts';
import type { Truth } from '../load/truth.ts';
import { everything, startWatcher, type Watcher } from '../load/watcher.ts';
import { keyText, valueText } from './text.ts';

const callMs = 5_000;
const catchUpMs = 20_000;

/** The newest revision of all, as a majority has it. */
export async function newestRevision(cluster: Cluster): Promise<Revision> {
  const revisions = await Promise.all(
    cluster.members.map(async ({ kv }) => {
      const { header } = await within(callMs, (signal) => kv.range({ key: everything.key }, { signal }));
      return header.revision;
    }),
  );
  return Math.max(...revisions);
}

/** Whether every watch comes to tell everything up to a revision, and has told each event once, in order, without a gap. */
export async function judgeWatchers(
  watchers: readonly Watcher[],
  revision: Revision,
  truth: Truth,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const watcher of watchers) {
    if (watcher.failure) problems.push(`the watch through ${watcher.name} failed: ${String(watcher.failure)}`);
    const caughtUp = eventually(`the watch through ${watcher.name} tells revision ${revision}`, catchUpMs, async () => {
      if (watcher.toldThrough >= revision) return true;
      watcher.askProgress();
      return undefined;
    });
    await caughtUp.catch((error: unknown) => problems.push(`${String(error)}; it is at ${watcher.toldThrough}`));
    const { changeAt } = truth;
    const verdict = checkWatch({ watch: watcher, changeAt, compactedAtMost: 0, toldThrough: revision });
    if (verdict.verdict !== 'ok')
      problems.push(`the watch through ${watcher.name}, response ${verdict.response}: ${verdict.reason}`);
  }
  for (let at = 2; at <= revision; at++)
    if (!truth.changeAt(at)) {
      problems.push(`no member told what happened at revision ${at}`);
      break;
    }
  return problems;
}

/** What a member that began to watch only now tells of the past: out of its index and its disk. */
export async function judgePast(
  member: Member,
  from: Revision,
  to: Revision,
  truth: Truth,
): Promise<readonly string[]> {
  const watcher = startWatcher(`${member.name}, from the past,`, member.kv, from, truth);
  try {
    return await judgeWatchers([watcher], to, truth);
  } finally {
    watcher.stop();
  }
}

/** Whether members hold the same, by their own hash, by their keys now, and by old revisions against what was told. */
export async function judgeContents(cluster: Cluster, revision: Revision, truth: Truth): Promise<readonly string[]> {
  const problems: string[] = [];
  const hashes = new Map<string, string>();
  const states = new Map<string, string>();
  const sample = Array.from({ length: 4 }, () => 2 + Math.floor(Math.random() * (revision - 1)));
  for (const { name, kv, admin } of cluster.members) {
    const read = async (at: Revision): Promise<readonly KeyValue[]> =>
      (await within(callMs, (signal) => kv.range({ ...everything, revision: at, serializable: true }, { signal }))).kvs;
    const { hash } = await within(callMs, (signal) => admin.hash(revision, { signal }));
    hashes.set(name, `${hash}`);
    states.set(name, describe(await read(revision)));
    for (const at of [...sample, revision]) {
      const told = describe(replay(truth, at));
      if (describe(await read(at)) !== told)
        problems.push(`member ${name} holds other keys at revision ${at} than what was told of them:\n${told}`);
    }
  }
  if (new Set(hashes.values()).size > 1)
    problems.push(`hashes at revision ${revision} differ: ${JSON.stringify([...hashes])}`);
  if (new Set(states.values()).size > 1)
    problems.push(`keys at revision ${revision} differ: ${JSON.stringify([...states])}`);
  return problems;
}

/** The keys as they were, by all events up to then. */
function replay(truth: Truth, revision: Revision): readonly KeyValue[] {
  const keys = new Map<string, KeyValue>();
  for (let at = 2; at <= revision; at++)
    for (const { type, kv } of truth.changeAt(at) ?? ([] as readonly KvEvent[])) {
      if (type === 'put') keys.set(keyText(kv.key), kv);
      else keys.delete(keyText(kv.key));
    }
  return [...keys].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kv]) => kv);
}

function describe(kvs: readonly KeyValue[]): string {
  return kvs
    .map(
      ({ key, value, modRevision, createRevision, version }) =>
        `${keyText(key)}=${valueText(value)}@${modRevision},${createRevision},${version}`,
    )
    .join(' ');
}
