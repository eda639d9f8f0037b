import { equalBytes } from '@trireme/base';
import type { NodeFiles } from '@trireme/ports';
import type { VolumeFile } from '../../volume-content.ts';

const dataLink = '..data';

/**
 * Makes a directory hold exactly these files, switching from the old set to the new in one step: the files stand in a
 * directory of their own, `..data` points to it, and what the container reads are links through `..data`. Writes nothing
 * where the content is the same already. The layout is upstream's AtomicWriter's, which programs watch for.
 */
export async function writeAtomicVolume(
  files: NodeFiles,
  directory: string,
  content: ReadonlyMap<string, VolumeFile>,
  options: { readonly nowMs: number; readonly gid: number | undefined },
): Promise<boolean> {
  const old = await files.readLink(`${directory}/${dataLink}`);
  if (old !== undefined && (await isSame(files, `${directory}/${old}`, content))) return false;
  const fresh = await freshName(files, directory, options.nowMs);
  await files.makeDirectory(`${directory}/${fresh}`, { mode: 0o755, gid: options.gid });
  for (const [path, file] of content) {
    const folder = path.lastIndexOf('/');
    if (folder > 0) await files.makeDirectory(`${directory}/${fresh}/${path.slice(0, folder)}`, { mode: 0o755 });
    await files.writeFile(`${directory}/${fresh}/${path}`, file.content, { mode: file.mode, gid: options.gid });
  }
  await files.symlink(fresh, `${directory}/${dataLink}`);
  await linkNames(files, directory, content);
  if (old !== undefined) await files.remove(`${directory}/${old}`);
  return true;
}

// '..2026_01_01_00_00_00.000000001'; the end makes it differ from what is there.
async function freshName(files: NodeFiles, directory: string, nowMs: number): Promise<string> {
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replace(/[-T:]/g, '_');
  const present = await files.list(directory);
  for (let i = 1; ; i++) {
    const name = `..${stamp}.${String(i).padStart(9, '0')}`;
    if (!present.includes(name)) return name;
  }
}

async function linkNames(files: NodeFiles, directory: string, content: ReadonlyMap<string, VolumeFile>): Promise<void> {
  const names = new Set([...content.keys()].map((path) => path.split('/')[0] as string));
  const present = await files.list(directory);
  for (const name of names) {
    if (!present.includes(name)) await files.symlink(`${dataLink}/${name}`, `${directory}/${name}`);
  }
  for (const name of present) {
    if (!name.startsWith('..') && !names.has(name)) await files.remove(`${directory}/${name}`);
  }
}

async function isSame(files: NodeFiles, directory: string, content: ReadonlyMap<string, VolumeFile>): Promise<boolean> {
  const paths = await filesBelow(files, directory, '');
  if (paths.length !== content.size) return false;
  for (const path of paths) {
    const wanted = content.get(path);
    const stat = await files.stat(`${directory}/${path}`);
    if (!wanted || stat?.sizeBytes !== wanted.content.length || stat.mode !== wanted.mode) return false;
    const bytes = await files.readFile(`${directory}/${path}`, stat.sizeBytes);
    if (!bytes || !equalBytes(bytes, wanted.content)) return false;
  }
  return true;
}

async function filesBelow(files: NodeFiles, directory: string, prefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await files.list(`${directory}/${prefix}`)) {
    const path = prefix ? `${prefix}/${name}` : name;
    const stat = await files.stat(`${directory}/${path}`);
    if (stat?.type === 'directory') found.push(...(await filesBelow(files, directory, path)));
    else found.push(path);
  }
  return found;
}
