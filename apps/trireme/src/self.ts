import { join } from 'node:path';
import type { Self } from './commands/daemon/process-specs.ts';

/** How to start this program again: the pinned Node, the limits of memory that this one was started with, and the bundle. */
export function thisProgram(): Self {
  const root = process.env.TRIREME_ROOT ?? join(import.meta.dirname, '..');
  const limits = process.execArgv.filter((flag) => flag.startsWith('--max-'));
  return { node: process.execPath, args: [...limits, process.argv[1] ?? join(root, 'dist/trireme.mjs')] };
}
