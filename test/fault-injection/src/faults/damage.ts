import { closeSync, globSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Member } from '../arena/cluster.ts';
import { eventually, within } from '../arena/deadline.ts';
import { everything } from '../load/watcher.ts';
import { type Fault, majorityPauseMs, pickOne, type Stage } from './fault.ts';
import { replace } from './membership.ts';

interface Place {
  readonly file: string;
  readonly offset: number;
}

/** Turns a byte around. */
function flip({ file, offset }: Place): void {
  const handle = openSync(file, 'r+');
  const byte = new Uint8Array(1);
  readSync(handle, byte, 0, 1, offset);
  writeSync(handle, new Uint8Array([(byte[0] as number) ^ 0x55]), 0, 1, offset);
  closeSync(handle);
}

const filesOf = ({ site }: Member, pattern: string): readonly string[] =>
  globSync(pattern, { cwd: join(site.mount, 'data') }).map((name) => join(site.mount, 'data', name));

/** In the first half of what was written to a segment of the log: no torn tail looks like that. */
function placeInLog(member: Member): Place | undefined {
  const segments = filesOf(member, 'member/log/**/*').filter(
    (file) => statSync(file).isFile() && basename(file) !== 'spare' && statSync(file).size > 1 << 20,
  );
  const file = segments.sort().at(-1);
  if (!file) return undefined;
  const written = readFileSync(file).findLastIndex((byte) => byte !== 0);
  return written < 4_096 ? undefined : { file, offset: Math.floor(written * (0.1 + 0.4 * Math.random())) };
}

const repairMs = 30_000;

/** So much is only there when a whole checkpoint is: what was written since is in the log too, and read from there. */
const checkpointBytes = 20 << 20;

/** In a block of the oldest table of the key space, before its index. */
function placeInTable(member: Member): Place | undefined {
  const tables = filesOf(member, 'member/state/*.ldb').map((file) => ({ file, size: statSync(file).size }));
  const [oldest] = tables.sort((a, b) => (a.file < b.file ? -1 : 1)).filter(({ size }) => size > 1 << 20);
  if (!oldest || tables.reduce((sum, { size }) => sum + size, 0) < checkpointBytes) return undefined;
  return { file: oldest.file, offset: Math.floor(oldest.size * (0.1 + 0.6 * Math.random())) };
}

/**
 * A member whose file was damaged while it was down must be repaired from its peers. Only where what is left cannot even be
 * told apart may it say which file it cannot read, serve nothing, and be replaced as it says or as a person would.
 */
async function damage(stage: Stage, member: Member, find: (member: Member) => Place | undefined): Promise<void> {
  const { cluster, say, complain } = stage;
  const { process } = member;
  await eventually(`${member.name} has written such a file`, 30_000, async () => find(member));
  await process.stop('SIGKILL');
  const place = find(member);
  if (!place) return complain(`${member.name} has no such file to damage`);
  flip(place);
  say(`turned a byte of ${place.file} around, at ${place.offset}`);
  process.start();
  await eventually(`${member.name} serves, or says why not`, 15_000, async () => {
    if (!process.running) return true;
    return (await cluster.statusOf(member)).leaderId === 0n ? undefined : true;
  });
  if (process.running) {
    // Reads all that it has, so that what is damaged is met.
    const read = within(5_000, (signal) => member.kv.range({ ...everything, serializable: true }, { signal }));
    await read.catch((error: unknown) => say(`${member.name} answers ${String(error)}`));
    if (isOutOfService(member)) {
      await eventually(`${member.name} repairs itself`, repairMs, async () => isRepaired(member) || undefined);
      say(`${member.name} has repaired itself`);
      await within(5_000, (signal) => member.kv.range(everything, { signal }));
      await stage.lookBack(member, 1_000);
      return;
    }
    await stage.lookBack(member, 1_000);
  }
  const remarks = remarksOf(member);
  say(
    `${member.name} ${process.running ? 'runs' : `ended with ${process.ended}`}; it says: ${remarks || 'nothing of it'}`,
  );
  if (process.running && !/damaged/.test(remarks)) return;
  if (!process.running && !remarks.includes(basename(place.file)))
    complain(`${member.name} ended and did not name ${place.file}`);
  await replace(stage, member);
}

const isOutOfService = ({ process }: Member): boolean => /serves nobody until it is repaired/.test(process.output());
const isRepaired = ({ process }: Member): boolean => /this member serves again/.test(process.output());

/** What a member has said of itself that somebody should read. */
function remarksOf({ process }: Member): string {
  const lines = process.output().split('\n');
  return [...new Set(lines.filter((line) => /WARN|ERROR|^trireme:/.test(line)))].join('\n');
}

const damaging = (
  about: string,
  find: (member: Member) => Place | undefined,
  more?: Pick<Fault, 'bulkClients' | 'mayAnswer'>,
): Fault => ({
  about,
  longestPauseMs: majorityPauseMs,
  ...more,
  run: async (stage) => damage(stage, pickOne(await stage.cluster.followers()), find),
});

export const damagedLog = damaging("a byte in the middle of a stopped follower's log is turned around", placeInLog);
export const damagedTable = damaging("a byte in a stopped follower's key space is turned around", placeInTable, {
  // Tables are written when there is something to fill them with.
  bulkClients: 4,
  mayAnswer: ['corrupt'],
});
