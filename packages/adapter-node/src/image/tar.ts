/** What goes into an archive. Everything belongs to root and to the beginning of time, so that equal input gives equal bytes. */
export type TarEntry =
  | { readonly type: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly type: 'directory'; readonly path: string; readonly mode: number }
  | { readonly type: 'link'; readonly path: string; readonly target: string };

const typeFlags = { file: '0', link: '2', directory: '5' } as const;
const blockBytes = 512;

/** An archive in the ustar format (POSIX.1-1988). Paths have at most 100 bytes. */
export function createTar(entries: readonly TarEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    parts.push(headerOf(entry));
    if (entry.type !== 'file') continue;
    parts.push(Buffer.from(entry.content));
    parts.push(Buffer.alloc((blockBytes - (entry.content.length % blockBytes)) % blockBytes));
  }
  parts.push(Buffer.alloc(2 * blockBytes));
  return Buffer.concat(parts);
}

function headerOf(entry: TarEntry): Buffer {
  const header = Buffer.alloc(blockBytes);
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  if (Buffer.byteLength(path) > 100) throw new RangeError(`archive '${path}': the name is longer than 100 bytes`);
  const size = entry.type === 'file' ? entry.content.length : 0;
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
  header.write(path, 0);
  header.write(octal(entry.type === 'link' ? 0o777 : entry.mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136);
  header.write(' '.repeat(8), 148);
  header.write(typeFlags[entry.type], 156);
  if (entry.type === 'link') header.write(entry.target, 157);
  header.write('ustar\0', 257);
  header.write('00', 263);
  header.write('root', 265);
  header.write('root', 297);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
