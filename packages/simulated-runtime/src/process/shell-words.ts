/** A piece of a shell script: a word with its quotes resolved, or an operator. */
export type ShellToken =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'operator'; readonly text: string };

const operators = ['&&', '||', '>&2', '1>&2', '2>&1', '>>', ';', '\n', '|', '>', '<', '&'] as const;

/** Splits as a POSIX shell would, for the simple scripts of examples and tests: quotes, escapes, `$NAME` and `${NAME}`. */
export function shellTokens(script: string, env: ReadonlyMap<string, string>): readonly ShellToken[] {
  const tokens: ShellToken[] = [];
  let word: string | undefined;
  let at = 0;

  const endWord = (): void => {
    if (word !== undefined) tokens.push({ kind: 'word', text: word });
    word = undefined;
  };
  const add = (text: string): void => {
    word = (word ?? '') + text;
  };
  const variable = (): boolean => {
    const match = /^\$(?:\{(\w+)\}|(\w+))/.exec(script.slice(at));
    if (!match) return false;
    add(env.get(match[1] ?? match[2] ?? '') ?? '');
    at += match[0].length;
    return true;
  };
  const singleQuoted = (): void => {
    const close = script.indexOf("'", at + 1);
    const end = close < 0 ? script.length : close;
    add(script.slice(at + 1, end));
    at = end + 1;
  };
  const doubleQuoted = (): void => {
    add('');
    at++;
    while (at < script.length && script[at] !== '"') {
      if (script[at] === '$' && variable()) continue;
      if (script[at] === '\\') at++;
      add(script.charAt(at++));
    }
    at++;
  };
  const operator = (): boolean => {
    const found = operators.find((text) => script.startsWith(text, at));
    // One with a leading digit begins a word of its own: the 2 of `echo a2>&1` is not the descriptor's.
    if (!found || (/^\d/.test(found) && word !== undefined)) return false;
    endWord();
    tokens.push({ kind: 'operator', text: found === '1>&2' ? '>&2' : found });
    at += found.length;
    return true;
  };

  while (at < script.length) {
    const char = script.charAt(at);
    if (operator()) continue;
    if (char === ' ' || char === '\t') {
      endWord();
      at++;
    } else if (char === "'") singleQuoted();
    else if (char === '"') doubleQuoted();
    else if (char === '$' && variable()) continue;
    else {
      if (char === '\\') at++;
      add(script.charAt(at++));
    }
  }
  endWord();
  return tokens;
}
