import { SelectorError } from './label-parser.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** A compiled field selector. Immutable. A field that the object does not name counts as ''. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
  readonly empty: boolean;
  matches(fields: { readonly [field: string]: string }): boolean;
  /** The value that `field` must have, where the selector pins it: lets a list by name become a get. */
  requiredValue(field: string): string | undefined;
  toString(): string;
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): readonly string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function unescapeValue(text: string): string {
  let value = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\') {
      const next = text.charAt(++i);
      if (next !== '\\' && next !== ',' && next !== '=') {
        const sequence = next === '' ? '\\' : `\\${next}`;
        throw new SelectorError(`invalid field selector: invalid escape sequence: ${sequence}`);
      }
      value += next;
    } else if (char === ',' || char === '=') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${char}`);
    } else value += char;
  }
  return value;
}

function parseTerm(term: string, whole: string): FieldRequirement {
  for (let i = 0; i < term.length; i++) {
    const operator = ['!=', '==', '='].find((candidate) => term.startsWith(candidate, i));
    if (operator) {
      const value = unescapeValue(term.slice(i + operator.length));
      return { field: term.slice(0, i), operator: operator === '!=' ? '!=' : '=', value };
    }
  }
  throw new SelectorError(`invalid selector: '${whole}'; can't understand '${term}'`);
}

function termText({ field, operator, value }: FieldRequirement): string {
  return `${field}${operator}${value.replaceAll(/[\\,=]/g, (char) => `\\${char}`)}`;
}

function createFieldSelector(requirements: readonly FieldRequirement[]): FieldSelector {
  return {
    requirements,
    empty: requirements.length === 0,
    matches: (fields) =>
      requirements.every(({ field, operator, value }) => ((fields[field] ?? '') === value) === (operator === '=')),
    requiredValue: (name) => requirements.find(({ field, operator }) => field === name && operator === '=')?.value,
    toString: () => requirements.map(termText).join(','),
  };
}

export const anyFields: FieldSelector = createFieldSelector([]);

/** 'metadata.name=web,status.phase!=Running'. Throws SelectorError with upstream's message. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms = splitTerms(text)
    .filter((term) => term !== '')
    .sort();
  return terms.length === 0 ? anyFields : createFieldSelector(terms.map((term) => parseTerm(term, text)));
}

/** Upstream's message for a field that a kind cannot be selected by; undefined where all are supported. */
export function unsupportedFieldMessage(selector: FieldSelector, supported: ReadonlySet<string>): string | undefined {
  const unknown = selector.requirements.find(({ field }) => !supported.has(field));
  // kubectl itself says of what resource and in which selector; a server that says so too would say it twice.
  return unknown && `field label not supported: ${unknown.field}`;
}
