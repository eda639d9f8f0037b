import { type Bytes, concatBytes, fromUtf8, utf8 } from '@trireme/base';
import type { TreeEntry } from './file-tree.ts';

/** Files and directories as `tar` writes them one after the other (POSIX ustar; pax only for long names). */
export interface TarEntry {
  readonly name: string;
  readonly entry: TreeEntry;
}

const blockBytes = 512;
const types = { file: '0', directory: '5', pax: 'x', paxGlobal: 'g', longName: 'L' } as const;

export function writeTar(entries: readonly TarEntry[]): Bytes {
  const parts = entries.flatMap(({ name, entry }) => {
    const slashed = entry.kind === 'directory' ? `${name}/` : name;
    const bytes = entry.kind === 'file' ? entry.bytes : new Uint8Array(0);
    const head = tarHead(slashed, entry.kind, bytes.length, entry.mode, entry.mtimeSeconds);
    return [...longName(slashed), head, ...padded(bytes)];
  });
  return concatBytes([...parts, new Uint8Array(2 * blockBytes)]);
}

function longName(name: string): readonly Bytes[] {
  if (utf8(name).length <= 100) return [];
  // A pax record begins with its own length, which may make itself longer.
  const rest = utf8(` path=${name}\n`).length;
  let length = rest;
  while (rest + String(length).length !== length) length = rest + String(length).length;
  const record = utf8(`${length} path=${name}\n`);
  return [tarHead('PaxHeaders/long', 'pax', record.length, 0o644, 0), ...padded(record)];
}

function padded(bytes: Bytes): readonly Bytes[] {
  const over = bytes.length % blockBytes;
  return over === 0 ? [bytes] : [bytes, new Uint8Array(blockBytes - over)];
}

function tarHead(name: string, type: keyof typeof types, size: number, mode: number, mtimeSeconds: number): Bytes {
  const head = new Uint8Array(blockBytes);
  const put = (at: number, text: string): void => head.set(utf8(text), at);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  head.set(utf8(name).subarray(0, 100));
  put(100, octal(mode & 0o7777, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(size, 11));
  put(136, octal(mtimeSeconds, 11));
  put(148, ' '.repeat(8));
  put(156, types[type]);
  put(257, 'ustar\0');
  put(263, '00');
  const sum = head.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return head;
}

/** Undefined where the bytes are no tar. Links and devices are left out. */
export function readTar(bytes: Bytes): readonly TarEntry[] | undefined {
  const entries: TarEntry[] = [];
  let overridden: string | undefined;
  for (let at = 0; at + blockBytes <= bytes.length; ) {
    const head = bytes.subarray(at, at + blockBytes);
    if (head.every((byte) => byte === 0)) return entries;
    const size = octalAt(head, 124, 12);
    const body = bytes.subarray(at + blockBytes, at + blockBytes + size);
    if (!isSound(head) || body.length < size) return undefined;
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
    const type = textAt(head, 156, 1) || types.file;
    if (type === types.pax) overridden = /^\d+ path=(.*)$/m.exec(fromUtf8(body))?.[1] ?? overridden;
    if (type === types.longName) overridden = fromUtf8(body).replaceAll('\0', '');
    if (type === types.pax || type === types.longName || type === types.paxGlobal) continue;
    const entry = entryOf(type, head, body);
    if (entry) entries.push({ name: overridden ?? nameOf(head), entry });
    overridden = undefined;
  }
  return entries;
}

function entryOf(type: string, head: Bytes, body: Bytes): TreeEntry | undefined {
  const about = { mode: octalAt(head, 100, 8), mtimeSeconds: octalAt(head, 136, 12) };
  if (type === types.directory) return { kind: 'directory', ...about };
  return type === types.file ? { kind: 'file', ...about, bytes: body.slice() } : undefined;
}

function nameOf(head: Bytes): string {
  const prefix = textAt(head, 257, 5) === 'ustar' ? textAt(head, 345, 155) : '';
  return prefix === '' ? textAt(head, 0, 100) : `${prefix}/${textAt(head, 0, 100)}`;
}

function isSound(head: Bytes): boolean {
  const sum = head.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === octalAt(head, 148, 8);
}

function textAt(head: Bytes, at: number, size: number): string {
  const field = head.subarray(at, at + size);
  const end = field.indexOf(0);
  return fromUtf8(end < 0 ? field : field.subarray(0, end));
}

function octalAt(head: Bytes, at: number, size: number): number {
  const text = textAt(head, at, size).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : 0;
}
