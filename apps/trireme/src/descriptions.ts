import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Describe } from '@trireme/schema';

type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The prose of the API's fields, from the file that the build leaves beside the bundle; read when first asked for. */
export function describeFromBuild(): Describe {
  let known: Descriptions | undefined;
  return (typeId, field = '') => {
    known ??= read();
    return known[typeId]?.[field];
  };
}

/** Without the file, documents simply have no prose. */
function read(): Descriptions {
  try {
    const root = process.env.TRIREME_ROOT ?? join(import.meta.dirname, '..');
    return JSON.parse(readFileSync(join(root, 'dist/descriptions.json'), 'utf8')) as Descriptions;
  } catch {
    return {};
  }
}
