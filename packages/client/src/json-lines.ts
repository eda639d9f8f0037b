import { type Bytes, concatBytes, fromUtf8 } from '@trireme/base';
import type { Body } from '@trireme/ports';

const newline = 10;

/**
 * The lines of a body, decoded. A chunk may end anywhere, inside a character too, so bytes are gathered until the line is
 * whole. Blank lines are skipped. What follows the last newline is a line only where the body ended cleanly.
 */
export async function* readLines(body: Body): AsyncGenerator<string> {
  let pending: Bytes[] = [];
  const chunks = body instanceof Uint8Array ? [body] : body;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      pending.push(chunk.subarray(start, end));
      const line = takeLine(pending);
      pending = [];
      start = end + 1;
      if (line !== '') yield line;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  const last = takeLine(pending);
  if (last !== '') yield last;
}

function takeLine(parts: readonly Bytes[]): string {
  const whole = parts.length === 1 ? (parts[0] as Bytes) : concatBytes(parts);
  return fromUtf8(whole).trim();
}
