import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { Workshop } from '../run/processes.ts';
import type { StoreProgram } from './store-cluster.ts';

const root = join(import.meta.dirname, '../../../..');
const bundleMs = 120_000;

/** `trireme store serve`, bundled and started as the product is: what a person would start. */
export async function bundleStore(flags: readonly string[]): Promise<StoreProgram> {
  await promisify(execFile)(process.execPath, [join(root, 'tools/bundle/cli.ts')], { cwd: root, timeout: bundleMs });
  const args = [process.execPath, ...flags, join(root, 'dist/trireme.mjs'), 'store', 'serve'];
  return { program: 'sh', args: [join(root, 'tools/launch.sh'), ...args] };
}

/** A member that takes the same flags, and makes load on its own `Kv` when told to through a pipe. */
export async function bundleDrivenMember(workshop: Workshop): Promise<StoreProgram> {
  // Below the root, from where the libraries with native code are found.
  const outfile = join(root, 'dist/bench', `member-${process.pid}.mjs`);
  workshop.alsoRemove(outfile);
  await mkdir(join(root, 'dist/bench'), { recursive: true });
  await build({
    entryPoints: [join(import.meta.dirname, 'member-process.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'esm',
    external: ['classic-level', 'msgpackr-extract'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return { program: process.execPath, args: [outfile], pipe: true };
}
