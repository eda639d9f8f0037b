import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultSandboxImage } from '../containerd-config.ts';
import { mustRun } from '../run-command.ts';
import { createImageArchive, type LocalImage } from './oci-archive.ts';
import type { TarEntry } from './tar.ts';

/** The names under which the example image is known. */
export const busyboxNames = ['docker.io/library/busybox:latest', 'docker.io/library/busybox:1.36'] as const;

// The first process of a pod: it waits for ever, ends at once when asked, and reaps what is orphaned to it (`wait`
// collects every child). Without a handler the kernel would keep SIGTERM from the first process of its namespace.
const pauseScript = 'trap "exit 0" TERM INT; while :; do sleep 2147483647 & wait $!; done';

/** The sandbox image and the example image, made of a static busybox; pure, so equal input gives equal bytes. */
export function busyboxImages(busybox: Uint8Array, applets: readonly string[]): readonly LocalImage[] {
  const program: TarEntry = { type: 'file', path: 'bin/busybox', mode: 0o755, content: busybox };
  const directory = (path: string, mode = 0o755): TarEntry => ({ type: 'directory', path, mode });
  const text = (path: string, content: string): TarEntry => ({
    type: 'file',
    path,
    mode: 0o644,
    content: Buffer.from(content),
  });
  const link = (name: string): TarEntry => ({ type: 'link', path: `bin/${name}`, target: 'busybox' });
  const names = [...new Set(applets)].filter((name) => /^[\w[.-]+$/.test(name) && name !== 'busybox').sort();
  const pause: LocalImage = {
    names: [defaultSandboxImage],
    files: [directory('bin'), program, link('sh'), link('sleep')],
    entrypoint: ['/bin/sh', '-c', pauseScript],
  };
  const example: LocalImage = {
    names: busyboxNames,
    files: [
      ...['bin', 'dev', 'etc', 'home', 'proc', 'root', 'sys', 'usr', 'usr/bin', 'var', 'var/www'].map((path) =>
        directory(path),
      ),
      directory('tmp', 0o1777),
      text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n'),
      text('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
      text('etc/nsswitch.conf', 'hosts: files dns\n'),
      program,
      ...names.map(link),
      { type: 'link', path: 'usr/bin/env', target: '../../bin/busybox' },
    ],
    command: ['sh'],
  };
  return [pause, example];
}

/** Makes the archive once and keeps it in the folder; returns its path. A busybox of another version makes another. */
export async function ensureBusyboxArchive(options: {
  readonly directory: string;
  readonly busyboxPath: string;
}): Promise<string> {
  const busybox = await readFile(options.busyboxPath);
  const applets = (await mustRun(options.busyboxPath, ['--list'])).split('\n').filter((name) => name !== '');
  const inputs = createHash('sha256').update(busybox).update(pauseScript).update(applets.join(' '));
  const path = join(options.directory, `images-${inputs.digest('hex').slice(0, 16)}.tar`);
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  if (there) return path;
  await mkdir(options.directory, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, createImageArchive(busyboxImages(busybox, applets)));
  await rename(unfinished, path);
  return path;
}
