import { mkdir } from 'node:fs/promises';
import { type Logger, NodeFilesError } from '@trireme/ports';
import { mountsBelow } from './mount-table.ts';
import { runCommand } from './run-command.ts';

export interface TmpfsMounter {
  mount(path: string, options: { readonly sizeBytes?: number | undefined; readonly mode: number }): Promise<void>;
  unmount(path: string): Promise<void>;
}

/**
 * Memory mounted by mount(8). Where this process may not mount (it is not root, or confined), a plain directory stands in:
 * pods work, but what they keep there is on disk. That is logged once.
 */
export function createTmpfsMounter(logger: Logger): TmpfsMounter {
  let refused = process.platform !== 'linux' || process.getuid?.() !== 0;
  let warned = false;

  const standIn = (why: string): void => {
    if (!warned) logger.log('warn', 'memory volumes are kept on disk: this process cannot mount tmpfs', { why });
    warned = true;
    refused = true;
  };

  return {
    async mount(path, { sizeBytes, mode }) {
      await mkdir(path, { recursive: true });
      if (refused) return standIn('it does not run as root on Linux');
      if ((await mountsBelow(path)).includes(path)) return;
      const options = [`mode=${mode.toString(8)}`, ...(sizeBytes ? [`size=${sizeBytes}`] : [])].join(',');
      const result = await runCommand('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
      if (result.code === 0) return;
      // 1 and 32 with these words: not root enough. Anything else (a bad size, a full table) is an error.
      if (/permission denied|not permitted|must be superuser/i.test(result.stderr)) return standIn(result.stderr);
      throw new NodeFilesError(
        'failed',
        `mount tmpfs at ${path}: ${result.stderr || `mount ended with ${result.code}`}`,
      );
    },
    async unmount(path) {
      if (!(await mountsBelow(path)).includes(path)) return;
      const result = await runCommand('umount', [path]);
      if (result.code === 0) return;
      // Something still looks at it: take it out of sight now, and the kernel ends it when the last one has left.
      const lazy = await runCommand('umount', ['-l', path]);
      if (lazy.code !== 0) throw new NodeFilesError('busy', `unmount ${path}: ${lazy.stderr || result.stderr}`);
    },
  };
}
