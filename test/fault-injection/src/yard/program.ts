import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../../..');

/** The program as a user runs it. `TRIREME_PROGRAM` names another bundle: one with a fault planted, or an older one. */
export function findProgram(): readonly string[] {
  const given = process.env.TRIREME_PROGRAM;
  const bundle = given ?? join(root, 'dist/trireme.mjs');
  // The launcher builds the bundle anew where a source is newer.
  if (!given) spawnSync(join(root, 'trireme'), ['store', 'serve', '--version'], { cwd: root, timeout: 120_000 });
  if (!existsSync(bundle)) throw new Error(`there is no ${bundle}: the bundle could not be built. Run ./trireme once.`);
  return [process.execPath, bundle, 'store', 'serve'];
}
