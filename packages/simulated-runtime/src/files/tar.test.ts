import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTar, type TarEntry, writeTar } from './tar.ts';

const name = fc
  .array(fc.stringMatching(/^[a-z0-9é]{1,40}$/), { minLength: 1, maxLength: 6 })
  .map((list) => list.join('/'));
const about = { mode: fc.nat(0o777), mtimeSeconds: fc.nat(2 ** 31) };
const entry: fc.Arbitrary<TarEntry> = fc.oneof(
  fc.record({
    name,
    entry: fc.record({ kind: fc.constant('file' as const), ...about, bytes: fc.uint8Array({ maxLength: 1500 }) }),
  }),
  fc.record({ name, entry: fc.record({ kind: fc.constant('directory' as const), ...about }) }),
);

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
      const read = readTar(writeTar(entries));
      expect(read?.map((each) => ({ ...each, name: each.name.replace(/\/$/, '') }))).toEqual(entries);
    }),
  );
});

test('the platform reads it too', () => {
  const file = { kind: 'file', mode: 0o644, mtimeSeconds: 0, bytes: new Uint8Array([1, 2, 3]) } as const;
  const long = `${'d'.repeat(60)}/${'f'.repeat(60)}`;
  const listed = execFileSync('tar', ['-tf', '-'], {
    input: writeTar([
      { name: 'a', entry: file },
      { name: long, entry: file },
    ]),
  });
  expect(listed.toString().trim().split('\n')).toEqual(['a', long]);
});

test.each([
  ['noise', new Uint8Array(1024).fill(7)],
  [
    'a file that is cut',
    writeTar([{ name: 'a', entry: { kind: 'file', mode: 0, mtimeSeconds: 0, bytes: new Uint8Array(600) } }]).subarray(
      0,
      900,
    ),
  ],
])('refuses %s', (_name, bytes) => {
  expect(readTar(bytes)).toBeUndefined();
});
