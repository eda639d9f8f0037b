import { mkdir } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';

/** A Level database in a folder of its own, with bytes for keys and values, as a store's member takes it. */
export async function openNodeLevel(directory: string): Promise<ClassicLevel<Uint8Array, Uint8Array>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    // Written in the background; read for values that are not in memory, often several of a block one after another.
    writeBufferSize: 8 << 20,
    cacheSize: 8 << 20,
  });
  await level.open();
  return level;
}
