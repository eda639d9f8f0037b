import { CodedError } from '@trireme/base';
import type { NodePaths } from './node-paths.ts';
import { pause } from './process/processes.ts';
import { mustRun } from './run-command.ts';

/** Imports an OCI archive into a running node, and waits until its CRI service knows these images. */
export async function importImages(
  paths: NodePaths,
  archive: string,
  names: readonly string[],
  limitMs = 10_000,
): Promise<void> {
  const ctr = (...args: readonly string[]): Promise<string> =>
    mustRun('ctr', ['--address', paths.socket, '--namespace', 'k8s.io', 'images', ...args]);
  await ctr('import', archive);
  const deadline = performance.now() + limitMs;
  for (;;) {
    // The CRI service hears of the import by an event, and then labels what it has taken in.
    const managed = (await ctr('list', '--quiet', 'labels."io.cri-containerd.image"==managed')).split('\n');
    const missing = names.filter((name) => !managed.includes(name));
    if (missing.length === 0) return;
    if (performance.now() > deadline) {
      throw new CodedError('import-failed', `import ${archive}: ${missing.join(', ')} did not appear in the runtime`);
    }
    await pause(10);
  }
}
