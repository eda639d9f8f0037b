import type { JsonPath } from './json-path.ts';
import { JsonSyntaxError } from './json-syntax-error.ts';
import { quoteGoCharacter } from './quote.ts';

/**
 * The slow, exact reader: says why a text is not JSON in the words of Go's decoder, and where keys repeat. The fast path
 * is the engine's own parser; this runs only when that failed, or when a repeated key is known to be there.
 */
export function scanJson(text: string, maxDepth: number): readonly JsonPath[] {
  const scanner = new Scanner(text, maxDepth);
  scanner.value([], 'looking for beginning of value');
  scanner.end();
  return scanner.duplicates;
}

const literals: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

class Scanner {
  readonly duplicates: JsonPath[] = [];
  private at = 0;
  private depth = 0;
  private readonly text: string;
  private readonly maxDepth: number;

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  value(path: JsonPath, expectation: string): void {
    const character = this.skipSpace();
    if (character === '{') this.object(path);
    else if (character === '[') this.array(path);
    else if (character === '"') this.string();
    else if (/[-0-9]/.test(character)) this.number();
    else if (literals[character] !== undefined) this.literal(literals[character]);
    else this.refuse(expectation);
  }

  end(): void {
    if (this.skipSpace() !== '') this.refuse('after top-level value');
  }

  private object(path: JsonPath): void {
    this.enter();
    const seen = new Set<string>();
    let next = this.skipSpace();
    while (next !== '}') {
      if (next !== '"') this.refuse('looking for beginning of object key string');
      const key = this.string();
      if (seen.has(key)) this.duplicates.push([...path, key]);
      seen.add(key);
      if (this.skipSpace() !== ':') this.refuse('after object key');
      this.at++;
      this.value([...path, key], 'looking for beginning of value');
      next = this.skipSpace();
      if (next === ',') {
        this.at++;
        next = this.skipSpace();
        if (next === '}') this.refuse('looking for beginning of object key string');
      } else if (next !== '}') this.refuse('after object key:value pair');
    }
    this.leave();
  }

  private array(path: JsonPath): void {
    this.enter();
    let next = this.skipSpace();
    for (let index = 0; next !== ']'; index++) {
      this.value([...path, index], 'looking for beginning of value');
      next = this.skipSpace();
      if (next === ',') {
        this.at++;
        next = this.skipSpace();
        if (next === ']') this.refuse('looking for beginning of value');
      } else if (next !== ']') this.refuse('after array element');
    }
    this.leave();
  }

  private enter(): void {
    if (++this.depth > this.maxDepth) this.refuse('exceeded max depth');
    this.at++;
  }

  private leave(): void {
    this.depth--;
    this.at++;
  }

  private string(): string {
    const start = this.at++;
    for (;;) {
      const character = this.text.charAt(this.at);
      if (character === '' || character < ' ') this.refuse('in string literal');
      this.at++;
      if (character === '"') return JSON.parse(this.text.slice(start, this.at)) as string;
      if (character === '\\') this.escape();
    }
  }

  private escape(): void {
    const character = this.text.charAt(this.at);
    if (character === '' || !'"\\/bfnrtu'.includes(character)) this.refuse('in string escape code');
    this.at++;
    if (character !== 'u') return;
    for (let i = 0; i < 4; i++, this.at++) {
      if (!/[0-9a-fA-F]/.test(this.text.charAt(this.at))) this.refuse('in \\u hexadecimal character escape');
    }
  }

  private number(): void {
    if (this.text.charAt(this.at) === '-') this.at++;
    if (this.text.charAt(this.at) === '0') this.at++;
    else this.digits('in numeric literal');
    if (this.text.charAt(this.at) === '.') {
      this.at++;
      this.digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.text.charAt(this.at))) {
      this.at++;
      if (/[+-]/.test(this.text.charAt(this.at))) this.at++;
      this.digits('in exponent of numeric literal');
    }
  }

  private digits(expectation: string): void {
    if (!/[0-9]/.test(this.text.charAt(this.at))) this.refuse(expectation);
    while (/[0-9]/.test(this.text.charAt(this.at))) this.at++;
  }

  private literal(word: string): void {
    for (const letter of word) {
      if (this.text.charAt(this.at) !== letter) this.refuse(`in literal ${word} (expecting '${letter}')`);
      this.at++;
    }
  }

  private skipSpace(): string {
    while (/[ \t\r\n]/.test(this.text.charAt(this.at))) this.at++;
    return this.text.charAt(this.at);
  }

  private refuse(where: string): never {
    const point = this.text.codePointAt(this.at);
    if (point === undefined) throw new JsonSyntaxError('unexpected end of JSON input');
    throw new JsonSyntaxError(`invalid character ${quoteGoCharacter(String.fromCodePoint(point))} ${where}`);
  }
}
