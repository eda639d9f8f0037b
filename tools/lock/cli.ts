import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LockPackages, missingPlatformEntries } from './complete-platforms.ts';

// node tools/lock/cli.ts: run after every `npm install` that changed package-lock.json.
// npm leaves out the optional packages of other platforms that the registry in use does not carry, and then refuses its own
// lockfile. This completes it.
const file = join(import.meta.dirname, '../../package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: LockPackages };
const missing = missingPlatformEntries(lock.packages);
const [root, ...rest] = Object.entries({ ...lock.packages, ...missing });
const sorted = rest.sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(
  file,
  `${JSON.stringify({ ...lock, packages: Object.fromEntries(root ? [root, ...sorted] : sorted) }, null, 2)}\n`,
);
console.log(`package-lock.json: added ${Object.keys(missing).length} package(s) of other platforms`);
