import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, type Room } from './check.ts';
import { readWorkspace } from './workspace.ts';

// Enforces the floors and scopes of CONTRIBUTING.md ("Floors"). Before it judges the tree it is shown imports that must be
// refused: a checker that finds nothing because it looks at nothing would otherwise exit green.
const root = join(import.meta.dirname, '../..');
const workspace = readWorkspace(root);

const canaryRoom: Room = {
  packageName: '@trireme/canary',
  scope: 'cluster',
  floor: 'core',
  folders: [],
  dependencies: new Set(['@trireme/store', '@trireme/adapter-disk']),
};
const canaries = [
  "import { readFileSync } from 'node:fs';",
  "import { createMember } from '@trireme/store';",
  "import { createNodeDisk } from '@trireme/adapter-disk';",
  "const fs = await import('fs');",
];
for (const text of canaries) {
  if (check({ room: canaryRoom, path: 'src/canary.ts', text }, workspace.rooms).length === 0) {
    console.error(`floors: the canary was let in, so the checker checks nothing: ${text}`);
    process.exit(1);
  }
}

const violations = workspace.files.flatMap((file) => check(file, workspace.rooms));
for (const { file, imported, rule } of violations) console.error(`${file}: '${imported}' ${rule}`);

const core = JSON.parse(readFileSync(join(root, 'tsconfig.core.json'), 'utf8')) as {
  include: string[];
  exclude: string[];
};
const unlisted = workspace.pureFolders.filter(
  (folder) => !core.include.some((included) => folder === included || folder.startsWith(`${included}/`)),
);
const unexcluded = workspace.impureFolders.filter((folder) => !core.exclude.includes(folder));
for (const folder of unlisted) console.error(`tsconfig.core.json: "include" lacks ${folder}, which is on a pure floor`);
for (const folder of unexcluded)
  console.error(`tsconfig.core.json: "exclude" lacks ${folder}, which is not on a pure floor`);

const failures = violations.length + unlisted.length + unexcluded.length;
if (failures > 0) {
  console.error(`floors: ${failures} violation(s). The rules are in CONTRIBUTING.md under "Floors".`);
  process.exit(1);
}
console.log(
  `floors: ${workspace.files.length} files in ${workspace.rooms.size} packages keep to their floors; ${canaries.length} canaries refused`,
);
