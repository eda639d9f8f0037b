import { join } from 'node:path';
import type { Self } from './commands/daemon/process-specs.ts';

/** How to start this program again: the pinned Node and the bundle. */
export function thisProgram(): Self {
  const root = process.env.TRIREME_ROOT ?? join(import.meta.dirname, '..');
  return { node: process.execPath, args: [process.argv[1] ?? join(root, 'dist/trireme.mjs')] };
}
