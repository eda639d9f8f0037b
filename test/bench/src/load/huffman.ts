/**
 * How many bits HPACK's Huffman code (RFC 7541, appendix B) gives each octet, and last the end-of-string symbol. The code is
 * canonical: codes of one length follow each other in the order of their symbols, so that the lengths say all.
 */
const lengths = `
13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10
13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6
15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28
20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26
30`
  .trim()
  .split(/\s+/)
  .map(Number);
const endOfString = 256;

interface Level {
  /** The code of the first symbol of this length. */
  readonly firstCode: number;
  readonly symbols: readonly number[];
}

const levels: readonly Level[] = buildLevels();

function buildLevels(): Level[] {
  const built: Level[] = [];
  let code = 0;
  for (let length = 0; length <= 30; length++) {
    const symbols = lengths.flatMap((each, symbol) => (each === length ? [symbol] : []));
    built.push({ firstCode: code, symbols });
    code = (code + symbols.length) * 2;
  }
  return built;
}

/** Decodes a Huffman coded string. Throws on what is no such string. */
export function decodeHuffman(bytes: Uint8Array): string {
  const out: number[] = [];
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1);
      length += 1;
      const level = levels[length];
      if (!level) throw new Error('read a header: no Huffman code is that long');
      const symbol = level.symbols[code - level.firstCode];
      if (symbol === undefined) continue;
      if (symbol === endOfString) throw new Error('read a header: its Huffman code has an end inside');
      out.push(symbol);
      code = 0;
      length = 0;
    }
  }
  // What is left over is padding: less than a byte of ones.
  if (length > 7 || code !== 2 ** length - 1) throw new Error('read a header: its Huffman code ends inside a symbol');
  return Buffer.from(out).toString('latin1');
}
