import { readFile } from 'node:fs/promises';
import { runCommand } from './run-command.ts';

/** Every mount point that this process sees, in the order they were mounted. */
export async function mountPoints(): Promise<readonly string[]> {
  return parseMountPoints(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** Spaces and their like are written in octal in that file. */
export function parseMountPoints(mountinfo: string): readonly string[] {
  return mountinfo.split('\n').flatMap((line) => {
    const point = line.split(' ')[4];
    if (point === undefined) return [];
    return [point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))];
  });
}

/** Unmounts all that is mounted at or below the folder, the newest first. */
export async function unmountBelow(directory: string): Promise<void> {
  const below = (await mountPoints()).filter((point) => point === directory || point.startsWith(`${directory}/`));
  for (const point of below.reverse()) {
    const { code } = await runCommand('umount', [point]);
    // Something still holds it: it leaves the tree now, and is gone with its last user.
    if (code !== 0) await runCommand('umount', ['-l', point]);
  }
}
