import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Descriptions, parseDeclarations } from './parse-declarations.ts';

// node tools/generate-descriptions/cli.ts [OUTPUT]
// Writes dist/descriptions.json: the prose of the API's types and fields, out of the doc comments of the development
// dependency `kubernetes-types`. The prose is a build product and is not committed; a server without it works the same,
// and `kubectl explain` shows the fields alone.

const root = join(import.meta.dirname, '../..');
const output = process.argv[2] ?? join(root, 'dist/descriptions.json');
const declarations = dirname(createRequire(import.meta.url).resolve('kubernetes-types/package.json'));
const schema = JSON.parse(readFileSync(join(root, 'packages/schema/src/generated/api.json'), 'utf8')) as {
  readonly types: Readonly<Record<string, { readonly fields?: Readonly<Record<string, unknown>> }>>;
};

const modules = new Map<string, Descriptions>();
const descriptions: Record<string, Record<string, string>> = {};
for (const [typeId, type] of Object.entries(schema.types)) {
  const found = describe(typeId);
  if (!found) continue;
  const known = Object.entries(found).filter(([field]) => field === '' || type.fields?.[field] !== undefined);
  descriptions[typeId] = Object.fromEntries(known);
}
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, JSON.stringify(descriptions));
console.log(`described ${Object.keys(descriptions).length} of ${Object.keys(schema.types).length} types in ${output}`);

/**
 * The package is of an older version than the API: a group's other versions stand in for one that it lacks, the newest
 * first, since most of their prose is the same.
 */
function describe(typeId: string): Readonly<Record<string, string>> | undefined {
  const parts = typeId.split('.');
  const name = parts.at(-1) as string;
  const [group = '', version = ''] = parts.slice(-3, -1);
  const places = typeId.startsWith('apimachinery.')
    ? ['meta/v1', `api/${group === 'api' ? version : 'resource'}`, 'util/intstr', 'runtime', 'version']
    : [
        `${group}/${version}`,
        ...['v1', 'v2', 'v1beta3', 'v1beta2', 'v1beta1', 'v1alpha3', 'v1alpha2', 'v1alpha1'].map(
          (v) => `${group}/${v}`,
        ),
      ];
  for (const place of places) {
    const found = moduleAt(place)[name];
    if (found) return found;
  }
  return undefined;
}

function moduleAt(place: string): Descriptions {
  const known = modules.get(place);
  if (known) return known;
  const file = join(declarations, `${place}.d.ts`);
  const parsed = existsSync(file) ? parseDeclarations(readFileSync(file, 'utf8')) : {};
  modules.set(place, parsed);
  return parsed;
}
