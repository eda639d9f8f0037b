import type { Bytes } from '@trireme/base';

/** A key of which versions are there. Its bytes are kept once, as text. */
export interface KeyEntry {
  readonly text: string;
  readonly id: number;
  /** Its newest version. */
  newest: number;
}

/** Keys by small numbers, for versions to point to. */
export class KeyTable {
  readonly #entries: (KeyEntry | undefined)[] = [undefined];
  readonly #free: number[] = [];

  add(text: string): KeyEntry {
    const id = this.#free.pop() ?? this.#entries.length;
    const entry: KeyEntry = { text, id, newest: 0 };
    this.#entries[id] = entry;
    return entry;
  }

  get(id: number): KeyEntry {
    return this.#entries[id] as KeyEntry;
  }

  remove({ id }: KeyEntry): void {
    this.#entries[id] = undefined;
    this.#free.push(id);
  }
}

/** The key's bytes again. */
export function keyBytes(text: string): Bytes {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
