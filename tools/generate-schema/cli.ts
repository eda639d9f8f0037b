import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { emitResources } from './emit-resources.ts';
import { emitTypes } from './emit-types.ts';
import type { Reference } from './reference.ts';

// node tools/generate-schema/cli.ts REFERENCE.json
// Derives packages/schema/src/generated from the table of API facts. What it writes is committed; the build reads only that.
const [file] = process.argv.slice(2);
if (!file) {
  console.error('usage: node tools/generate-schema/cli.ts REFERENCE.json');
  process.exit(2);
}
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference;
const target = join(import.meta.dirname, '../../packages/schema/src/generated');
rmSync(target, { recursive: true, force: true });
const write = (path: string, text: string): void => {
  const full = join(target, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
};
for (const [module, source] of emitTypes(reference)) write(`types/${module}.ts`, source);
write('resources.ts', emitResources(reference));
const oneLineEach = (entries: readonly (readonly [string, unknown])[]): string =>
  entries.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n');
write(
  'api.json',
  `{\n  "kubernetes": ${JSON.stringify(reference.kubernetes)},\n  "resources": [\n${reference.resources
    .map((resource) => `    ${JSON.stringify(resource)}`)
    .join(
      ',\n',
    )}\n  ],\n  "types": {\n${oneLineEach(Object.entries(reference.types))}\n  },\n  "protoOnly": {\n${oneLineEach(
    Object.entries(reference.protoOnly),
  )}\n  }\n}\n`,
);
console.log(`generated ${Object.keys(reference.types).length} types and ${reference.resources.length} resources`);
