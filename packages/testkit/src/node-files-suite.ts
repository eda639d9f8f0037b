import { equalJson, fromUtf8, InvariantError, utf8 } from '@trireme/base';
import type { NodeFiles } from '@trireme/ports';

/** What every implementation of `NodeFiles` must do. Each case gets an empty directory of its own, and throws where it fails. */
export interface NodeFilesCase {
  readonly name: string;
  run(files: NodeFiles, directory: string): Promise<void>;
}

function same(actual: unknown, expected: unknown, what: string): void {
  if (!equalJson(actual, expected)) {
    throw new InvariantError(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }
}

async function text(files: NodeFiles, path: string): Promise<string | undefined> {
  const bytes = await files.readFile(path, 1 << 20);
  return bytes && fromUtf8(bytes);
}

export const nodeFilesSuite: readonly NodeFilesCase[] = [
  {
    name: 'answers for what is not there',
    async run(files, directory) {
      const path = `${directory}/nothing/at/all`;
      same(await files.readFile(path, 10), undefined, 'readFile');
      same(await files.readLink(path), undefined, 'readLink');
      same(await files.realPath(path), undefined, 'realPath');
      same(await files.stat(path), undefined, 'stat');
      same(await files.open(path), undefined, 'open');
      same(await files.list(path), [], 'list');
      await files.remove(path);
      await files.unmount(path);
    },
  },
  {
    name: 'writes files whole, with exactly the mode that is asked for',
    async run(files, directory) {
      const path = `${directory}/deep/file`;
      await files.writeFile(path, utf8('one'), { mode: 0o600 });
      await files.writeFile(path, utf8('two and more'), { mode: 0o666 });
      same(await text(files, path), 'two and more', 'content');
      same((await files.readFile(path, 3))?.length, 3, 'limit');
      const stat = await files.stat(path);
      same([stat?.type, stat?.mode, stat?.sizeBytes], ['file', 0o666, 12], 'stat');
      same(await files.list(`${directory}/deep`), ['file'], 'nothing else is left');
    },
  },
  {
    name: 'makes directories, and corrects the mode of one that is there',
    async run(files, directory) {
      await files.makeDirectory(`${directory}/a/b`);
      await files.makeDirectory(`${directory}/a/b`, { mode: 0o777 });
      const stat = await files.stat(`${directory}/a/b`);
      same([stat?.type, stat?.mode], ['directory', 0o777], 'stat');
      same(await files.list(`${directory}/a`), ['b'], 'list');
    },
  },
  {
    name: 'replaces links, and reads through them',
    async run(files, directory) {
      await files.writeFile(`${directory}/one/key`, utf8('1'));
      await files.writeFile(`${directory}/two/key`, utf8('2'));
      await files.symlink('one', `${directory}/data`);
      await files.symlink('data/key', `${directory}/key`);
      same(await text(files, `${directory}/key`), '1', 'through two links');
      await files.symlink('two', `${directory}/data`);
      same(await text(files, `${directory}/key`), '2', 'after the switch');
      same(await files.readLink(`${directory}/data`), 'two', 'readLink');
      same((await files.stat(`${directory}/data`))?.type, 'symlink', 'stat does not follow');
      const real = await files.realPath(`${directory}/key`);
      same(real?.endsWith('/two/key'), true, 'realPath');
    },
  },
  {
    name: 'removes links but not what they point to',
    async run(files, directory) {
      await files.writeFile(`${directory}/kept/file`, utf8('x'));
      await files.symlink('../kept', `${directory}/gone/link`);
      await files.remove(`${directory}/gone`);
      same(await files.stat(`${directory}/gone`), undefined, 'the directory is gone');
      same(await text(files, `${directory}/kept/file`), 'x', 'what was linked stays');
    },
  },
  {
    name: 'keeps an open file readable over a rename, and tells its successor apart',
    async run(files, directory) {
      const path = `${directory}/log`;
      await files.appendFile(path, utf8('first\n'));
      const file = await files.open(path);
      same((await files.stat(path))?.identity, file?.identity, 'identity while it stands there');
      await files.rename(path, `${path}.1`);
      await files.appendFile(`${path}.1`, utf8('second\n'));
      await files.appendFile(path, utf8('third\n'));
      same(await file?.size(), 13, 'size');
      same(fromUtf8((await file?.read(6, 100)) ?? utf8('')), 'second\n', 'read on');
      same((await file?.read(13, 100))?.length, 0, 'at the end');
      same((await files.stat(path))?.identity === file?.identity, false, 'identity of the successor');
      await file?.close();
    },
  },
  {
    name: 'mounts memory once, and unmounts it',
    async run(files, directory) {
      const path = `${directory}/memory`;
      await files.mountTmpfs(path, { mode: 0o755, sizeBytes: 1 << 20 });
      await files.writeFile(`${path}/file`, utf8('kept'));
      await files.mountTmpfs(path, { mode: 0o755, sizeBytes: 1 << 20 });
      same(await text(files, `${path}/file`), 'kept', 'a second mount changes nothing');
      const mounts = await files.mountsBelow(directory);
      // Where nothing can be mounted, a plain directory stands in.
      if (mounts.length > 0) {
        const refused = await files.remove(directory).then(
          () => 'removed',
          (error: unknown) => (error instanceof Error && 'code' in error ? error.code : 'failed'),
        );
        same(refused, 'busy', 'removing over a mount');
      }
      for (const mount of mounts) await files.unmount(mount);
      same(await files.mountsBelow(directory), [], 'nothing is mounted any more');
      await files.remove(path);
      same(await files.stat(path), undefined, 'gone');
    },
  },
];
