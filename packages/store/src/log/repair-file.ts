import { fromUtf8, hasCode, utf8 } from '@trireme/base';
import type { Disk } from '@trireme/ports';
import type { RepairNeed } from '../raft/index.ts';
import type { Damage } from './read-log.ts';

/** That this member's log was damaged and is not whole again yet, and where the damage was. */
export interface Repair extends RepairNeed {
  readonly damage: Damage;
}

const nameOf = (directory: string): string => `${directory}/repair`;
const asidePrefix = 'damaged-';

export async function readRepair(disk: Disk, directory: string): Promise<Repair | undefined> {
  try {
    return JSON.parse(fromUtf8(await disk.readFile(nameOf(directory)))) as Repair;
  } catch (error) {
    if (hasCode(error, 'not-found')) return undefined;
    throw error;
  }
}

/**
 * Says that a repair is needed, for good, before anything else is touched; then puts the segments aside. They are kept until
 * the log is whole again: if no peer can help, they are all there is.
 */
export async function beginRepair(disk: Disk, directory: string, repair: Repair): Promise<void> {
  await disk.writeFileAtomic(nameOf(directory), utf8(JSON.stringify(repair)));
  const names = await disk.list(directory);
  // Of an earlier damage that was not repaired yet, what was put aside stays too.
  const before = names.filter((name) => name.startsWith(asidePrefix)).length;
  for (const name of names)
    if (name.endsWith('.log') && !name.startsWith(asidePrefix))
      await disk.rename(`${directory}/${name}`, `${directory}/${asidePrefix}${before}-${name}`);
  await disk.syncDirectory(directory);
}

export async function endRepair(disk: Disk, directory: string): Promise<void> {
  await disk.remove(nameOf(directory));
  await disk.syncDirectory(directory);
  for (const name of await disk.list(directory))
    if (name.startsWith(asidePrefix)) await disk.remove(`${directory}/${name}`);
  await disk.syncDirectory(directory);
}
