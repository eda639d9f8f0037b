import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Reference } from './reference.ts';

// node tools/generate-schema/go-facts.ts REFERENCE.json SOURCES
// Derives packages/schema/src/facts/generated/go-facts.json: what upstream's Go types say and its OpenAPI does not. Clients see
// it: a pointer tells zero from absent in protobuf, and type names stand in the texts of decoding errors.
// SOURCES holds one folder per module (api, apimachinery, apiextensions-apiserver, kube-aggregator).

interface GoField {
  readonly type: string;
  readonly omitEmpty: boolean;
  readonly default?: unknown;
}

interface GoPackage {
  readonly structs: Map<string, GoStruct>;
}

interface GoStruct {
  readonly fields: Map<string, GoField>;
  readonly inlined: readonly string[];
}

const [referenceFile, sources] = process.argv.slice(2);
if (!referenceFile || !sources) {
  console.error('usage: node tools/generate-schema/go-facts.ts REFERENCE.json SOURCES');
  process.exit(2);
}
const reference = JSON.parse(readFileSync(referenceFile, 'utf8')) as Reference;
const packages = new Map<string, GoPackage>();
const facts: Record<string, Record<string, string>> = {};
const defaults: Record<string, Record<string, unknown>> = {};
for (const id of Object.keys(reference.types).sort()) {
  const fields = goFieldsOf(id);
  const found = factsOf(id, fields);
  if (Object.keys(found).length > 0) facts[id] = found;
  for (const name of Object.keys(reference.types[id]?.fields ?? {})) {
    const value = fields.get(name)?.default;
    if (value !== undefined) defaults[id] = { ...defaults[id], [name]: value };
  }
}
const linesOf = (table: Record<string, unknown>): string =>
  Object.entries(table)
    .map(([id, fields]) => `    ${JSON.stringify(id)}: ${JSON.stringify(fields)}`)
    .join(',\n');
const target = join(import.meta.dirname, '../../packages/schema/src/facts/generated/go-facts.json');
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `{\n  "fields": {\n${linesOf(facts)}\n  },\n  "defaults": {\n${linesOf(defaults)}\n  }\n}\n`);
console.log(`go facts of ${Object.keys(facts).length} types`);

function goFieldsOf(id: string): Map<string, GoField> {
  const packageId = id.slice(0, id.lastIndexOf('.'));
  const struct = structOf(packageId, id.slice(id.lastIndexOf('.') + 1));
  if (!struct) return new Map();
  return new Map([...struct.inlined.flatMap((name) => inlinedFields(packageId, name)), ...struct.fields]);
}

/** Per field: '*' for a pointer, '!' where its zero is always written, then its Go type where that is not plain. */
function factsOf(id: string, all: ReadonlyMap<string, GoField>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, field] of Object.entries(reference.types[id]?.fields ?? {})) {
    const go = all.get(name);
    if (!go) continue;
    const pointer = go.type.startsWith('*') ? '*' : '';
    const type = go.type.slice(pointer.length);
    const always = go.omitEmpty || field.required ? '' : '!';
    const fact = `${pointer}${always}${type === plainGoType(field.type) ? '' : type}`;
    if (fact !== '') found[name] = fact;
  }
  return found;
}

/** What the schema package derives by itself from a field's type. */
function plainGoType(type: string): string {
  if (type.startsWith('[]')) return `[]${plainGoType(type.slice(2))}`;
  if (type.startsWith('map<string,')) return `map[string]${plainGoType(type.slice(11, -1))}`;
  const scalars: Record<string, string> = { boolean: 'bool', number: 'float64', 'string:byte': '[]uint8' };
  return scalars[type] ?? type.split('.').slice(-2).join('.');
}

function inlinedFields(packageId: string, name: string): [string, GoField][] {
  const local = name.includes('.') ? undefined : structOf(packageId, name);
  const remote = name.startsWith('v1.') ? structOf(packageId.replace(/v1\w+$/, 'v1'), name.slice(3)) : undefined;
  const struct = local ?? remote;
  if (!struct) return [];
  return [...struct.inlined.flatMap((inner) => inlinedFields(packageId, inner)), ...struct.fields];
}

function structOf(packageId: string, name: string): GoStruct | undefined {
  let known = packages.get(packageId);
  if (!known) {
    known = readPackage(packageId);
    packages.set(packageId, known);
  }
  return known.structs.get(name);
}

function readPackage(packageId: string): GoPackage {
  const [module, ...path] = packageId.split('.');
  const folder = join(sources as string, module as string, ...path);
  const structs = new Map<string, GoStruct>();
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.go')) : [];
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    const imports = importsOf(text);
    for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
      structs.set(name as string, readStruct(body as string, path.at(-1) as string, imports));
    }
  }
  return { structs };
}

function importsOf(text: string): Map<string, string> {
  const block = /^import \(([\s\S]*?)^\)/m.exec(text)?.[1] ?? /^import (.*)$/m.exec(text)?.[1] ?? '';
  const found = [...block.matchAll(/(\w+)?\s*"([^"]+)"/g)];
  return new Map(
    found.map(([, alias, path]) => {
      const name = (path as string).split('/').at(-1) as string;
      return [alias ?? name, name];
    }),
  );
}

function readStruct(body: string, packageName: string, imports: Map<string, string>): GoStruct {
  const fields = new Map<string, GoField>();
  const inlined: string[] = [];
  let value: unknown;
  for (const line of body.split('\n')) {
    value = defaultIn(line) ?? value;
    const match = /^\s*(?:(\w+)\s+)?(\S+)\s+`json:"([^"]*)"/.exec(line);
    if (!match) continue;
    const [, , type = '', tag = ''] = match;
    const [name = '', ...options] = tag.split(',');
    const full = qualify(type, packageName, imports);
    if (options.includes('inline') || name === '')
      inlined.push(type.replace(/^\w+\./, (alias) => `${imports.get(alias.slice(0, -1))}.`));
    else {
      const omitEmpty = options.includes('omitempty') || options.includes('omitzero');
      fields.set(name, { type: full, omitEmpty, default: value });
    }
    value = undefined;
  }
  return { fields, inlined };
}

/** What a default marker says; one that names a constant is resolved here, there are two. */
function defaultIn(line: string): unknown {
  const text = /^\s*\/\/ \+default=(.*)$/.exec(line)?.[1];
  if (text === undefined) return undefined;
  const constants: Record<string, string> = {
    'ref(AzureSharedBlobDisk)': 'Shared',
    'ref(AzureDataDiskCachingReadWrite)': 'ReadWrite',
  };
  return constants[text] ?? JSON.parse(text);
}

/** Writes a type as Go's reflection prints it: 'metav1.Time' as 'v1.Time', a local 'Protocol' as 'v1.Protocol'. */
function qualify(type: string, packageName: string, imports: Map<string, string>): string {
  return type
    .replaceAll('[]byte', '[]uint8')
    .replaceAll(/(?<![\w.])(?:(\w+)\.)?(\w+)/g, (whole, alias: string | undefined, name: string) => {
      if (alias) return `${imports.get(alias) ?? alias}.${name}`;
      return /^[A-Z]/.test(name) ? `${packageName}.${name}` : whole;
    });
}
