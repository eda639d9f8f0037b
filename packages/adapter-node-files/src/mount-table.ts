import { readFile } from 'node:fs/promises';

/** Mount points of this process, from the text of /proc/self/mountinfo. */
export function parseMountInfo(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((path) => path !== undefined)
    .map((path) => path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
}

/** Mount points at and below a path, deepest first; one that is mounted over itself comes as often. */
export async function mountsBelow(path: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile('/proc/self/mountinfo', 'utf8');
  } catch {
    // Not Linux: this adapter mounts nothing there.
    return [];
  }
  const below = parseMountInfo(text).filter((mount) => mount === path || mount.startsWith(`${path}/`));
  return below.sort((a, b) => b.length - a.length);
}
