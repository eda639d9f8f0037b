import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CodedError } from '@trireme/base';
import type { NodePaths } from './node-paths.ts';
import { pause } from './process/processes.ts';
import { mustRun } from './run-command.ts';

/**
 * Imports an OCI archive into a running node, and waits until its CRI service knows these images. An archive that was
 * imported before is only looked for: its name tells its contents, and what was deleted since comes back.
 */
export async function importImages(
  paths: NodePaths,
  archive: string,
  names: readonly string[],
  limitMs = 10_000,
): Promise<void> {
  const ctr = (...args: readonly string[]): Promise<string> =>
    mustRun('ctr', ['--address', paths.socket, '--namespace', 'k8s.io', 'images', ...args]);
  const missing = async (): Promise<readonly string[]> => {
    // The CRI service hears of an import by an event, and then labels what it has taken in.
    const managed = (await ctr('list', '--quiet', 'labels."io.cri-containerd.image"==managed')).split('\n');
    return names.filter((name) => !managed.includes(name));
  };
  const marker = join(paths.containerdRoot, 'imported-images');
  const before = await readFile(marker, 'utf8').catch(() => '');
  if (before === basename(archive) && (await missing()).length === 0) return;
  await ctr('import', archive);
  const deadline = performance.now() + limitMs;
  for (let left = await missing(); left.length > 0; left = await missing()) {
    if (performance.now() > deadline) {
      throw new CodedError('import-failed', `import ${archive}: ${left.join(', ')} did not appear in the runtime`);
    }
    await pause(10);
  }
  await writeFile(marker, basename(archive));
}
