import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, command } from './command.ts';

const root = join(import.meta.dirname, '../../../..');

/** The program as a user runs it. `TRIREME_PROGRAM` names another bundle: one with a fault planted, or an older one. */
export function findProgram(): readonly string[] {
  const given = process.env.TRIREME_PROGRAM;
  const bundle = given ?? join(root, 'dist/trireme.mjs');
  if (!given && isOld(bundle)) command(process.execPath, join(root, 'tools/bundle/cli.ts'));
  if (!existsSync(bundle)) throw new Error(`there is no ${bundle}. Build it with 'npm run bundle'.`);
  return [process.execPath, bundle, 'store', 'serve'];
}

/** True where a source is newer. */
function isOld(bundle: string): boolean {
  if (!existsSync(bundle)) return true;
  const sources = ['packages', 'apps', 'tools/bundle'].map((folder) => join(root, folder));
  const but = ['-name', 'node_modules', '-prune', '-o'];
  const newer = ['-type', 'f', '-newer', bundle, '-not', '-name', '*.test.ts', '-print', '-quit'];
  return attempt('find', ...sources, ...but, ...newer) !== '';
}
