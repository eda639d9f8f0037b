import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

// Bundles the whole program into one file, so that it starts fast. What carries native code stays outside and is found
// in node_modules at run time. The finished file appears at once: somebody may be starting the old one right now.
const root = join(import.meta.dirname, '../..');
const dist = join(root, 'dist');
const unfinished = join(dist, `bundle.${process.pid}`);
mkdirSync(unfinished, { recursive: true });
// What `kubectl explain` says of each field. It changes only with a dependency, so once is enough for a checkout.
if (!existsSync(join(dist, 'descriptions.json'))) {
  spawnSync(process.execPath, [join(root, 'tools/generate-descriptions/cli.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
try {
  await build({
    entryPoints: [join(root, 'apps/trireme/src/main.ts')],
    outfile: join(unfinished, 'trireme.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'esm',
    sourcemap: true,
    external: ['classic-level', 'msgpackr-extract'],
    // Libraries in CommonJS reach for these names, which ES modules lack.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __filename = import.meta.filename; const __dirname = import.meta.dirname;",
    },
    logLevel: 'warning',
  });
  renameSync(join(unfinished, 'trireme.mjs.map'), join(dist, 'trireme.mjs.map'));
  renameSync(join(unfinished, 'trireme.mjs'), join(dist, 'trireme.mjs'));
} finally {
  rmSync(unfinished, { recursive: true, force: true });
}
