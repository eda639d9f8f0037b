import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { busyboxImages } from './busybox-images.ts';
import { createImageArchive } from './oci-archive.ts';
import { createTar } from './tar.ts';

interface Read {
  readonly mode: number;
  readonly target: string | undefined;
  readonly body: Buffer;
}

/** Unpacks with the system's tar, as an independent reader. */
function read(tar: Buffer): Map<string, Read> {
  const directory = mkdtempSync(join(tmpdir(), 'tar-test-'));
  try {
    const { status, stderr } = spawnSync('tar', ['-xpf', '-', '-C', directory], { input: tar });
    expect([status, String(stderr)]).toEqual([0, '']);
    const names = readdirSync(directory, { recursive: true }) as string[];
    return new Map(names.sort().map((name) => [name, readOne(join(directory, name))]));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function readOne(path: string): Read {
  const info = lstatSync(path);
  return {
    mode: info.mode & 0o7777,
    target: info.isSymbolicLink() ? readlinkSync(path) : undefined,
    body: info.isFile() ? readFileSync(path) : Buffer.alloc(0),
  };
}

const busybox = Buffer.from('a program');

test('an archive of ours is read by another reader', () => {
  const files = read(
    createTar([
      { type: 'directory', path: 'bin', mode: 0o1777 },
      { type: 'file', path: 'bin/a', mode: 0o755, content: Buffer.alloc(700, 'x') },
      { type: 'link', path: 'bin/b', target: 'a' },
    ]),
  );
  expect(files.get('bin')).toMatchObject({ mode: 0o1777 });
  expect(files.get('bin/a')).toMatchObject({ mode: 0o755, body: Buffer.alloc(700, 'x') });
  expect(files.get('bin/b')).toMatchObject({ target: 'a' });
});

test('every blob is named by its digest, and the index leads to all of them', () => {
  const files = read(createImageArchive(busyboxImages(busybox, ['sh', 'httpd', 'sh', '../evil'])));
  for (const [name, { body }] of files) {
    const digest = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(name)?.[1];
    if (digest) expect(createHash('sha256').update(body).digest('hex')).toBe(digest);
  }
  const blob = (digest: string) => files.get(`blobs/${digest.replace(':', '/')}`)?.body ?? Buffer.alloc(0);
  const index = JSON.parse(String(files.get('index.json')?.body));
  expect(index.manifests.map((each: { annotations: object }) => Object.values(each.annotations))).toEqual([
    ['registry.k8s.io/pause:3.10', '3.10'],
    ['docker.io/library/busybox:latest', 'latest'],
    ['docker.io/library/busybox:1.36', '1.36'],
  ]);
  const manifest = JSON.parse(String(blob(index.manifests[1].digest)));
  const config = JSON.parse(String(blob(manifest.config.digest)));
  expect(config.rootfs.diff_ids).toEqual([manifest.layers[0].digest]);
  const layer = read(blob(manifest.layers[0].digest));
  expect(layer.get('bin/busybox')?.body).toEqual(busybox);
  expect([...layer.keys()].filter((name) => name.startsWith('bin/'))).toEqual(['bin/busybox', 'bin/httpd', 'bin/sh']);
});

test('equal input gives equal bytes', () => {
  const [a, b] = [1, 2].map(() => createImageArchive(busyboxImages(busybox, ['sh'])));
  expect(a?.equals(b ?? Buffer.alloc(0))).toBe(true);
});
