const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number;
  const short = escapes[character];
  if (short !== undefined) return short;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

/** Quotes as Go's `%q` does, which error texts that clients match on are made of. */
export function quoteGo(text: string): string {
  return `"${text.replaceAll(/["\\\p{C}]/gu, escapeCharacter)}"`;
}

/** One character in single quotes, as Go's JSON errors name it. */
export function quoteGoCharacter(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  return `'${quoteGo(character).slice(1, -1)}'`;
}
