export type TokenType =
  | 'end'
  | 'error'
  | 'identifier'
  | ')'
  | ','
  | '!'
  | '=='
  | '='
  | '>'
  | 'in'
  | '<'
  | '!='
  | 'notin'
  | '(';

export interface Token {
  readonly type: TokenType;
  readonly literal: string;
}

const symbols: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const blank = /[ \t\r\n]/;
const special = /[=!(),><]/;

/** The longest symbol at `at`. */
function symbolAt(text: string, at: number): Token {
  const two = text.slice(at, at + 2);
  if (symbols.has(two)) return { type: two as TokenType, literal: two };
  const one = text.charAt(at);
  return { type: one as TokenType, literal: one };
}

/** The tokens of a label selector's text, ended by an 'end' token. 'in' and 'notin' are told apart by the parser. */
export function labelTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (blank.test(char)) {
      at++;
      continue;
    }
    if (special.test(char)) {
      const token = symbolAt(text, at);
      tokens.push(token);
      at += token.literal.length;
      continue;
    }
    const start = at;
    while (at < text.length && !blank.test(text.charAt(at)) && !special.test(text.charAt(at))) at++;
    const literal = text.slice(start, at);
    tokens.push({ type: literal === 'in' || literal === 'notin' ? literal : 'identifier', literal });
  }
  tokens.push({ type: 'end', literal: '' });
  return tokens;
}
