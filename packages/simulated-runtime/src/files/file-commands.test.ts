import { type Bytes, concatBytes, createAsyncQueue, fromUtf8, utf8 } from '@trireme/base';
import { expect, test } from 'vitest';
import type { ExecSession } from '../behaviour.ts';
import { fileCommand } from './file-commands.ts';
import { createFileTree, normalPath } from './file-tree.ts';
import { readTar, writeTar } from './tar.ts';

const file = (text: string) => ({ kind: 'file', mode: 0o640, mtimeSeconds: 5, bytes: utf8(text) }) as const;

function setup() {
  const files = createFileTree();
  files.put('/tmp/x/a', file('A'));
  files.put('/tmp/x/b/c', file('C'));
  const run = async (command: readonly string[], stdin: Bytes = new Uint8Array(0)) => {
    const written = { stdout: [] as Bytes[], stderr: [] as Bytes[] };
    const input = createAsyncQueue<Bytes>();
    input.push(stdin);
    input.end();
    const session = {
      command,
      tty: false,
      stdin: input,
      write: async (stream: 'stdout' | 'stderr', bytes: Bytes) => void written[stream].push(bytes),
      container: { env: new Map() },
    } as unknown as ExecSession;
    const code = await fileCommand(files, session);
    return { code, stdout: concatBytes(written.stdout), stderr: fromUtf8(concatBytes(written.stderr)) };
  };
  return { files, run };
}

test.each([
  [['cat', '/tmp/x/a', '/tmp/x/b/c'], 0, 'AC', ''],
  [['sh', '-c', 'cat /tmp/x/a'], 0, 'A', ''],
  [['cat', '/nope'], 1, '', "cat: can't open '/nope': No such file or directory\n"],
  [['cat', '/tmp'], 1, '', 'cat: read error: Is a directory\n'],
  [['ls', '/tmp/x'], 0, 'a\nb\n', ''],
  [['ls', '-l', '/nope'], 1, '', 'ls: /nope: No such file or directory\n'],
  [['test', '-d', '/tmp/x'], 0, '', ''],
  [['test', '-d', '/tmp/x/a'], 1, '', ''],
  [['[', '-f', '/tmp/x/a', ']'], 0, '', ''],
  [['test', '-e', '/nope'], 1, '', ''],
  [['rm', '/tmp/x'], 1, '', "rm: '/tmp/x' is a directory\n"],
  [['rm', '-f', '/nope'], 0, '', ''],
  [['mkdir', '-p', '/tmp/x'], 0, '', ''],
  [['mkdir', '/tmp/x'], 1, '', "mkdir: can't create directory '/tmp/x': File exists\n"],
  [['hostname'], undefined, '', ''],
  [['sh', '-c', 'cat /tmp/x/a; exit 3'], undefined, '', ''],
])('%j', async (command, code, stdout, stderr) => {
  const result = await setup().run(command);
  expect({ ...result, stdout: fromUtf8(result.stdout) }).toEqual({ code, stdout, stderr });
});

test('tar packs what kubectl cp asks for, and unpacks what it sends', async () => {
  const { files, run } = setup();
  const packed = await run(['tar', 'cf', '-', '/tmp/x']);
  expect(readTar(packed.stdout)?.map(({ name }) => name)).toEqual(['tmp/x/', 'tmp/x/a', 'tmp/x/b/', 'tmp/x/b/c']);
  const relative = await run(['tar', '-C', '/tmp', '-cf', '-', 'x/a']);
  expect(readTar(relative.stdout)).toEqual([{ name: 'x/a', entry: file('A') }]);
  const arguments_ = ['tar', '--no-same-owner', '-xmf', '-', '-C', '/var/copy'];
  expect((await run(arguments_, writeTar([{ name: 'd/e', entry: file('E') }]))).code).toBe(0);
  expect(files.get('/var/copy/d/e')).toEqual(file('E'));
  expect((await run(['rm', '-rf', '/var/copy'])).code).toBe(0);
  expect(files.get('/var/copy/d/e')).toBeUndefined();
});

test('tar says what is missing, and takes no noise', async () => {
  const { run } = setup();
  const packed = await run(['tar', 'cf', '-', '/nope']);
  expect(packed).toMatchObject({ code: 1, stderr: expect.stringContaining('tar: /nope: No such file or directory') });
  expect(await run(['tar', 'xf', '-'], new Uint8Array(1024).fill(1))).toMatchObject({ code: 1 });
});

test('a tree has an end: no path leads out of it, and it does not grow for ever', () => {
  const { files } = setup();
  expect(normalPath('../../a/./b//../c/')).toBe('/a/c');
  expect(files.put('/tmp/x/a/below', file(''))).toBe(false);
  expect(files.put('/tmp/x/b', file(''))).toBe(false);
  expect(files.put('/big', { ...file(''), bytes: new Uint8Array(65 << 20) })).toBe(false);
});
