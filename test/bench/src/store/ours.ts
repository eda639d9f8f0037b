import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Workshop } from '../run/processes.ts';
import type { StoreProgram } from './store-cluster.ts';

const root = join(import.meta.dirname, '../../../..');

/** A member of ours with etcd's face, bundled as the product is. */
export async function bundleMember(workshop: Workshop): Promise<StoreProgram> {
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
