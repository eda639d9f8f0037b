import { type Bytes, fromUtf8, type JsonValue } from '@trireme/base';
import type { JsonPath } from './json-path.ts';
import { scanJson } from './json-scanner.ts';
import { JsonSyntaxError } from './json-syntax-error.ts';

export interface ParseJsonOptions {
  /** Look for keys that an object names twice (the last one counts). Costs about as much again as parsing. */
  readonly findDuplicates?: boolean;
  /**
   * How deep objects and lists may nest. Upstream allows 10,000; no API type needs more than a few dozen, and every
   * later step recurses, so the default is 1,000.
   */
  readonly maxDepth?: number;
}

export interface ParsedJson {
  readonly value: JsonValue;
  readonly duplicates: readonly JsonPath[];
}

/** Reads JSON with the engine's parser. Throws `JsonSyntaxError` with Go's message where the text is not JSON. */
export function parseJson(input: Bytes | string, options: ParseJsonOptions = {}): ParsedJson {
  const { findDuplicates = false, maxDepth = 1000 } = options;
  const text = typeof input === 'string' ? input : fromUtf8(input);
  const shape = findDuplicates || text.length > 2 * maxDepth ? shapeOf(text) : undefined;
  if (shape && shape.depth > maxDepth) scanJson(text, maxDepth);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    scanJson(text, maxDepth);
    // The scanner accepts exactly what the engine accepts, so this is not reached while both follow the same grammar.
    throw new JsonSyntaxError('invalid JSON');
  }
  const repeated = findDuplicates && shape !== undefined && countKeys(value) !== shape.keys;
  return { value, duplicates: repeated ? scanJson(text, maxDepth) : [] };
}

interface Shape {
  readonly depth: number;
  /** How many keys the text names; more than the parsed value has where one repeats. */
  readonly keys: number;
}

const quote = 34;
const backslash = 92;

/** One pass over the text, without looking into strings. Means something only for text that turns out to be JSON. */
function shapeOf(text: string): Shape {
  let depth = 0;
  let deepest = 0;
  let keys = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      i = endOfString(text, i);
    } else if (code === 123 || code === 91) {
      if (++depth > deepest) deepest = depth;
    } else if (code === 125 || code === 93) {
      depth--;
    } else if (code === 58) {
      keys++;
    }
  }
  return { depth: deepest, keys };
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) return i;
    if (code === backslash) i++;
  }
  return text.length;
}

function countKeys(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) count += countKeys(item);
    return count;
  }
  const object = value as Readonly<Record<string, JsonValue>>;
  for (const key in object) {
    count += 1;
    const item = object[key] as JsonValue;
    if (typeof item === 'object') count += countKeys(item);
  }
  return count;
}
