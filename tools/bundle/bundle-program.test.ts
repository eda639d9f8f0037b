import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleProgram } from './bundle-program.ts';

const source = {
  'src/main.ts': `import { table } from './table.ts';
    const late = await import('./late.ts');
    const other = await import('./other/late.ts');
    console.log(JSON.stringify([table.a, late.answer(), other.answer(), process.moduleLoadList.some((name) => name.includes('undici'))]));`,
  'src/late.ts': `import { STATUS_CODES } from 'node:http';
    export const answer = (): string | undefined => STATUS_CODES[418];`,
  'src/other/late.ts': `export const answer = (): string => 'the other';`,
  'src/table.ts': `import data from './table.json' with { type: 'json' }; export const table = data;`,
  'src/table.json': '{ "a": "1" }',
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  folders.push(folder);
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  return folder;
}

describe('a bundled program', () => {
  it('keeps what it imports late apart, each under a name of its own, after what refers to it, and runs', async () => {
    const entry = join(folderWith(source), 'src/main.ts');
    const files = await bundleProgram(entry, 'builds/one');
    expect(files.map((file) => file.path)).toEqual([
      'builds/one/other-late.mjs.map',
      'builds/one/other-late.mjs',
      'builds/one/late.mjs.map',
      'builds/one/late.mjs',
      'trireme.mjs.map',
      'trireme.mjs',
    ]);
    const output = folderWith(Object.fromEntries(files.map((file) => [file.path, file.contents])));
    const printed = execFileSync(process.execPath, [join(output, 'trireme.mjs')], { encoding: 'utf8' });
    // The last says that `node:http` did not bring in the HTTP client that nobody uses.
    expect(JSON.parse(printed)).toEqual(['1', "I'm a Teapot", 'the other', false]);
  });

  it('has no part that loads another, whose classes would be others than its own', async () => {
    const nested = {
      'src/main.ts': `await import('./late.ts');`,
      'src/late.ts': `export const later = () => import('./later.ts');`,
      'src/later.ts': 'export {};',
    };
    await expect(bundleProgram(join(folderWith(nested), 'src/main.ts'), 'builds/one')).rejects.toThrow(
      /late.ts loads .*later.ts late, and is loaded late itself/,
    );
  });
});
