import { CodedError } from '@trireme/base';
import { fieldErrorMessage } from '../errors/field-error.ts';
import { labelTokens, type Token } from './label-lexer.ts';
import {
  binaryOperators,
  createRequirement,
  type LabelOperator,
  type LabelRequirement,
  labelKeyError,
} from './requirement.ts';

/** A selector's text, or a LabelSelector, that breaks the grammar or the rules on labels. Its message is upstream's. */
export class SelectorError extends CodedError<'invalid-selector'> {
  override readonly name = 'SelectorError';
  constructor(message: string) {
    super('invalid-selector', message);
  }
}

const operatorOf: Readonly<Record<string, LabelOperator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

function fail(message: string): never {
  throw new SelectorError(message);
}

/** Reads tokens in order. Where values stand, 'in' and 'notin' are plain identifiers. */
interface Reader {
  peek(): Token;
  next(): Token;
  nextOperator(): Token;
}

function createReader(tokens: readonly Token[]): Reader {
  let at = 0;
  const raw = (): Token => tokens[Math.min(at, tokens.length - 1)] as Token;
  const peek = (): Token => {
    const token = raw();
    return token.type === 'in' || token.type === 'notin' ? { type: 'identifier', literal: token.literal } : token;
  };
  return {
    peek,
    next() {
      const token = peek();
      at++;
      return token;
    },
    nextOperator() {
      const token = raw();
      at++;
      return token;
    },
  };
}

function parseKey(reader: Reader): { readonly key: string; readonly unary?: 'exists' | '!' } {
  let token = reader.next();
  const negated = token.type === '!';
  if (negated) token = reader.next();
  if (token.type !== 'identifier') fail(`found '${token.literal}', expected: identifier`);
  // Upstream has no path here, and prints its absence.
  const error = labelKeyError(token.literal, '<nil>');
  if (error) fail(fieldErrorMessage(error));
  if (negated) return { key: token.literal, unary: '!' };
  const after = reader.peek().type;
  return after === 'end' || after === ',' ? { key: token.literal, unary: 'exists' } : { key: token.literal };
}

function parseOperator(reader: Reader): LabelOperator {
  const token = reader.nextOperator();
  return operatorOf[token.type] ?? fail(`found '${token.literal}', expected: ${binaryOperators.join(', ')}`);
}

function parseList(reader: Reader): readonly string[] {
  const values: string[] = [];
  for (;;) {
    const token = reader.next();
    if (token.type === 'identifier') {
      values.push(token.literal);
      const after = reader.peek();
      if (after.type === ')') return values;
      if (after.type !== ',') fail(`found '${after.literal}', expected: ',' or ')'`);
    } else if (token.type === ',') {
      if (values.length === 0) values.push('');
      const after = reader.peek().type;
      if (after === ')') return [...values, ''];
      if (after === ',') {
        reader.next();
        values.push('');
      }
    } else fail(`found '${token.literal}', expected: ',', or identifier`);
  }
}

function parseSet(reader: Reader): readonly string[] {
  const open = reader.next();
  if (open.type !== '(') fail(`found '${open.literal}' expected: '('`);
  const first = reader.peek();
  if (first.type === ')') {
    reader.next();
    return [''];
  }
  if (first.type !== 'identifier' && first.type !== ',') {
    fail(`found '${first.literal}', expected: ',', ')' or identifier`);
  }
  const values = parseList(reader);
  const close = reader.next();
  if (close.type !== ')') fail(`found '${close.literal}', expected: ')'`);
  return values;
}

function parseExact(reader: Reader): readonly string[] {
  const ahead = reader.peek().type;
  if (ahead === 'end' || ahead === ',') return [''];
  const token = reader.next();
  return token.type === 'identifier' ? [token.literal] : fail(`found '${token.literal}', expected: identifier`);
}

function parseRequirement(reader: Reader): LabelRequirement {
  const { key, unary } = parseKey(reader);
  const operator = unary ?? parseOperator(reader);
  const values = unary ? [] : operator === 'in' || operator === 'notin' ? parseSet(reader) : parseExact(reader);
  const made = createRequirement(key, operator, values);
  return 'requirement' in made ? made.requirement : fail(made.error);
}

function wrapped(reader: Reader): LabelRequirement {
  try {
    return parseRequirement(reader);
  } catch (error) {
    if (error instanceof SelectorError) fail(`unable to parse requirement: ${error.message}`);
    throw error;
  }
}

/** The requirements of 'a=b,c in (d,e),!f', sorted by key. Throws SelectorError. */
export function parseRequirements(text: string): readonly LabelRequirement[] {
  const reader = createReader(labelTokens(text));
  const requirements: LabelRequirement[] = [];
  for (;;) {
    const ahead = reader.peek();
    if (ahead.type === 'end') break;
    if (ahead.type !== 'identifier' && ahead.type !== '!') {
      fail(`found '${ahead.literal}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(wrapped(reader));
    const after = reader.next();
    if (after.type === 'end') break;
    if (after.type !== ',') fail(`found '${after.literal}', expected: ',' or 'end of string'`);
    const following = reader.peek();
    if (following.type !== 'identifier' && following.type !== '!') {
      fail(`found '${following.literal}', expected: identifier after ','`);
    }
  }
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
