import { type Bytes, fromUtf8, type JsonValue } from '@trireme/base';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import type { JsonPath } from '../json/json-path.ts';
import { type ParsedJson, parseJson } from '../json/parse-json.ts';
import { resolvePlain } from './plain-scalar.ts';
import { YamlSyntaxError } from './yaml-syntax-error.ts';

const maxDepth = 1000;
/** Aliases can blow a small text up beyond any memory. What a text says without them is limited by its size. */
const maxAliasedValues = 100_000;

/**
 * The first document of a YAML text, as upstream reads a request's body. Throws `YamlSyntaxError`. JSON is YAML, and what
 * clients really send as `apply-patch+yaml`, so that is tried first: it is a hundred times faster.
 */
export function parseYaml(input: Bytes | string): ParsedJson {
  const text = typeof input === 'string' ? input : fromUtf8(input);
  const json = text.startsWith('{') ? tryJson(text) : undefined;
  return json ?? parseYamlDocuments(text)[0] ?? { value: null, duplicates: [] };
}

function tryJson(text: string): ParsedJson | undefined {
  try {
    return parseJson(text, { findDuplicates: true, maxDepth });
  } catch {
    return undefined;
  }
}

/** Every document of a YAML text, as in a manifest; those that say nothing are left out. */
export function parseYamlDocuments(input: Bytes | string): readonly ParsedJson[] {
  const text = typeof input === 'string' ? input : fromUtf8(input);
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    lineCounter,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const parsed: ParsedJson[] = [];
  for (const document of documents as readonly Document.Parsed[]) {
    const [error] = document.errors;
    if (error) throw new YamlSyntaxError(`line ${lineCounter.linePos(error.pos[0]).line}: ${error.message}`);
    const result = new Conversion(document).result();
    if (result.value !== null) parsed.push(result);
  }
  return parsed;
}

class Conversion {
  private readonly duplicates: JsonPath[] = [];
  private readonly path: (string | number)[] = [];
  private readonly document: Document.Parsed;
  /** What each anchor stands for so far; a later one of the same name takes its place. */
  private readonly anchors = new Map<string, Node>();
  private readonly expanding = new Set<string>();
  private aliasedValues = 0;

  constructor(document: Document.Parsed) {
    this.document = document;
  }

  result(): ParsedJson {
    return { value: this.convert(this.document.contents), duplicates: this.duplicates };
  }

  private convert(node: unknown): JsonValue {
    if (this.expanding.size > 0 && ++this.aliasedValues > maxAliasedValues) {
      throw new YamlSyntaxError('document contains excessive aliasing');
    }
    if (this.path.length > maxDepth) throw new YamlSyntaxError('exceeded max depth');
    if (isAlias(node)) return this.expand(node.source);
    if ((isScalar(node) || isSeq(node) || isMap(node)) && node.anchor !== undefined)
      this.anchors.set(node.anchor, node);
    if (isScalar(node)) return scalarValue(node);
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        this.path.push(index);
        const value = this.convert(item);
        this.path.pop();
        return value;
      });
    }
    return isMap(node) ? this.convertMap(node.items) : null;
  }

  private expand(anchor: string): JsonValue {
    const target = this.anchors.get(anchor);
    if (!target) throw new YamlSyntaxError(`unknown anchor '${anchor}' referenced`);
    if (this.expanding.has(anchor)) throw new YamlSyntaxError(`anchor '${anchor}' value contains itself`);
    this.expanding.add(anchor);
    const value = this.convert(target);
    this.expanding.delete(anchor);
    return value;
  }

  private convertMap(pairs: readonly { readonly key: unknown; readonly value: unknown }[]): JsonValue {
    const entries = new Map<string, JsonValue>();
    const merged: JsonValue[] = [];
    for (const { key: keyNode, value: valueNode } of pairs) {
      const key = this.keyOf(keyNode);
      if (key === '<<' && isPlain(keyNode)) {
        merged.push(this.convert(valueNode));
        continue;
      }
      this.path.push(key);
      if (entries.has(key)) this.duplicates.push([...this.path]);
      entries.set(key, this.convert(valueNode));
      this.path.pop();
    }
    for (const source of merged.flatMap((value) => (Array.isArray(value) ? (value as JsonValue[]) : [value]))) {
      if (typeof source !== 'object' || source === null)
        throw new YamlSyntaxError('map merge requires map or sequence of maps as the value');
      for (const [key, value] of Object.entries(source)) if (!entries.has(key)) entries.set(key, value as JsonValue);
    }
    // `fromEntries` defines keys, so that a key '__proto__' is an ordinary one.
    return Object.fromEntries(entries);
  }

  private keyOf(node: unknown): string {
    const value = this.convert(node);
    if (typeof value === 'object' && value !== null) throw new YamlSyntaxError('invalid map key: a list or a map');
    return String(value);
  }
}

function isPlain(node: unknown): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.tag === undefined;
}

function scalarValue(node: Node & { readonly value: unknown; readonly type?: string | undefined }): JsonValue {
  const text = node.value === null || node.value === undefined ? '' : String(node.value);
  const tag = node.tag?.replace('tag:yaml.org,2002:', '!!');
  if (tag === undefined) return node.type === 'PLAIN' || node.type === undefined ? resolvePlain(text) : text;
  if (tag === '!!str' || tag === '!' || tag === '!!binary') return text;
  const value = resolvePlain(text);
  return tag === '!!float' || tag === '!!int' || tag === '!!bool' || tag === '!!null' ? value : text;
}
