import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleProgram } from './bundle-program.ts';

// Bundles the program into dist/: the entry, and in a folder of this build what it loads. The entry appears last and at
// once: somebody may be starting the old one right now.
const root = join(import.meta.dirname, '../..');
const dist = join(root, 'dist');
const builds = join(dist, 'builds');
const build = `${Date.now().toString(36)}-${process.pid}`;
const dayMs = 86_400_000;
mkdirSync(join(builds, build), { recursive: true });
// What `kubectl explain` says of each field. It changes only with a dependency, so once is enough for a checkout.
if (!existsSync(join(dist, 'descriptions.json'))) {
  spawnSync(process.execPath, [join(root, 'tools/generate-descriptions/cli.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

for (const { path, contents } of await bundleProgram(join(root, 'apps/trireme/src/main.ts'), `builds/${build}`)) {
  const file = join(dist, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.unfinished`, contents);
  renameSync(`${file}.unfinished`, file);
}

// A process that still runs from an earlier build may load a part of it late, so builds stay for a day.
for (const name of readdirSync(builds)) {
  const folder = join(builds, name);
  if (name !== build && Date.now() - statSync(folder).mtimeMs > dayMs) rmSync(folder, { recursive: true, force: true });
}
