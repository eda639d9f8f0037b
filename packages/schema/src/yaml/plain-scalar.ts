import type { JsonValue } from '@trireme/base';

const words = new Map<string, boolean | null>();
for (const word of ['', '~', 'null', 'Null', 'NULL']) words.set(word, null);
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']) words.set(word, true);
for (const word of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']) words.set(word, false);

const integer = /^[-+]?(?:0|[1-9]\d*|0x[0-9a-fA-F]+|0o?[0-7]+|0b[01]+)$/;
const float = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

/**
 * What an unquoted word means to the YAML that Kubernetes reads: the booleans and octal numbers of YAML 1.1, but neither
 * its base-60 numbers ('22:22' is text) nor its dates.
 */
export function resolvePlain(text: string): JsonValue {
  const word = words.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  if (first > 57 || first < 43) return text;
  const digits = text.replaceAll('_', '');
  if (integer.test(digits)) return parseInteger(digits);
  return float.test(digits) ? Number(digits) : text;
}

function parseInteger(text: string): number {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  // A leading zero alone makes a number octal, which JavaScript spells 0o.
  const value = Number(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
  return negative ? -value : value;
}
