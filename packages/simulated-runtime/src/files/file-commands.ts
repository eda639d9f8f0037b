import { type Bytes, concatBytes, utf8 } from '@trireme/base';
import type { ExecSession } from '../behaviour.ts';
import { shellTokens } from '../process/shell-words.ts';
import { type FileTree, normalPath } from './file-tree.ts';
import { readTar, writeTar } from './tar.ts';

/** As much as a container's files may be, and what the archive adds to them. */
const longestArchiveBytes = 80 * 1024 * 1024;

type FileCommand = (files: FileTree, args: readonly string[], session: ExecSession) => Promise<number>;

/** What `kubectl cp` runs, and what one looks at files with. */
const commands: Readonly<Record<string, FileCommand>> = { tar, cat, ls, rm, mkdir, test, '[': test };

/** Runs a command on the container's files; undefined for a command that has nothing to do with them. */
export function fileCommand(files: FileTree, session: ExecSession): Promise<number> | undefined {
  const [path = '', ...args] = plainCommand(session);
  const command = commands[path.slice(path.lastIndexOf('/') + 1)];
  return command?.(files, args, session);
}

/** A shell with a single command is that command: `sh -c 'cat /tmp/a'`. */
function plainCommand({ command, container }: ExecSession): readonly string[] {
  const [shell = '', flag, script = ''] = command;
  if (flag !== '-c' || !/(^|\/)(sh|bash|ash)$/.test(shell)) return command;
  const tokens = shellTokens(script, container.env);
  return tokens.every(({ kind }) => kind === 'word') ? tokens.map(({ text }) => text) : [];
}

async function fail(session: ExecSession, message: string, exitCode: number): Promise<number> {
  await session.write('stderr', utf8(session.tty ? `${message}\r\n` : `${message}\n`));
  return exitCode;
}

/** What is left of the arguments once options and their values are taken out. */
function readTarArguments(args: readonly string[]): { letters: string; directory: string; names: readonly string[] } {
  const names: string[] = [];
  let letters = '';
  let directory = '/';
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '-C') directory = args[++i] ?? '/';
    else if (arg.startsWith('--')) continue;
    else if (i === 0 || (letters === '' && arg.startsWith('-'))) {
      letters = arg.replace('-', '');
      // The name of the archive follows: it is standard input or output here, whatever it says.
      if (letters.endsWith('f')) i++;
    } else names.push(arg);
  }
  return { letters, directory, names };
}

async function tar(files: FileTree, args: readonly string[], session: ExecSession): Promise<number> {
  const { letters, directory, names } = readTarArguments(args);
  if (letters.includes('x')) return await extract(files, directory, session);
  if (!letters.includes('c')) return await fail(session, 'tar: must specify one of -c, -x', 1);
  const base = normalPath(directory);
  const entries = names.flatMap((name) => {
    const root = name.startsWith('/') ? '/' : base;
    // Names in an archive begin where tar stood, and never with a slash.
    const start = root === '/' ? 1 : root.length + 1;
    return files.below(`${root}/${name}`).map(([path, entry]) => ({ name: path.slice(start), entry }));
  });
  const missing = names.find((name) => !files.get(name.startsWith('/') ? name : `${base}/${name}`));
  await session.write('stdout', writeTar(entries));
  if (missing === undefined) return 0;
  return await fail(
    session,
    `tar: ${missing}: No such file or directory\ntar: error exit delayed from previous errors`,
    1,
  );
}

async function extract(files: FileTree, directory: string, session: ExecSession): Promise<number> {
  const parts: Bytes[] = [];
  let sizeBytes = 0;
  for await (const bytes of session.stdin) {
    sizeBytes += bytes.length;
    if (sizeBytes > longestArchiveBytes) return await fail(session, 'tar: write error: No space left on device', 1);
    parts.push(bytes.slice());
  }
  const entries = readTar(concatBytes(parts));
  if (!entries) return await fail(session, 'tar: invalid tar magic', 1);
  for (const { name, entry } of entries) {
    if (entry.kind === 'directory' && files.get(`${directory}/${name}`)?.kind === 'directory') continue;
    if (files.put(`${directory}/${name}`, entry)) continue;
    return await fail(session, `tar: can't open '${name}': No space left on device, or not a directory`, 1);
  }
  return 0;
}

async function cat(files: FileTree, args: readonly string[], session: ExecSession): Promise<number> {
  let exitCode = 0;
  if (args.length === 0) for await (const bytes of session.stdin) await session.write('stdout', bytes);
  for (const path of args) {
    const entry = files.get(path);
    if (entry?.kind === 'file') await session.write('stdout', entry.bytes);
    else {
      const why = entry ? 'read error: Is a directory' : `can't open '${path}': No such file or directory`;
      exitCode = await fail(session, `cat: ${why}`, 1);
    }
  }
  return exitCode;
}

async function ls(files: FileTree, args: readonly string[], session: ExecSession): Promise<number> {
  const paths = args.filter((arg) => !arg.startsWith('-'));
  let exitCode = 0;
  for (const path of paths.length > 0 ? paths : ['/']) {
    const entry = files.get(path);
    if (!entry) exitCode = await fail(session, `ls: ${path}: No such file or directory`, 1);
    else {
      const names = entry.kind === 'directory' ? files.names(path) : [path];
      await session.write('stdout', utf8(names.map((name) => `${name}${session.tty ? '\r\n' : '\n'}`).join('')));
    }
  }
  return exitCode;
}

async function rm(files: FileTree, args: readonly string[], session: ExecSession): Promise<number> {
  const options = args.filter((arg) => arg.startsWith('-')).join('');
  let exitCode = 0;
  for (const path of args.filter((arg) => !arg.startsWith('-'))) {
    const kind = files.get(path)?.kind;
    const refused = kind === 'directory' && !/[rR]/.test(options);
    if (refused) exitCode = await fail(session, `rm: '${path}' is a directory`, 1);
    else if (kind) files.remove(path);
    else if (!options.includes('f'))
      exitCode = await fail(session, `rm: can't remove '${path}': No such file or directory`, 1);
  }
  return exitCode;
}

async function mkdir(files: FileTree, args: readonly string[], session: ExecSession): Promise<number> {
  let exitCode = 0;
  for (const path of args.filter((arg) => !arg.startsWith('-'))) {
    const known = files.get(path);
    if (known?.kind === 'directory' && args[0] === '-p') continue;
    if (known || !files.put(path, { kind: 'directory', mode: 0o755, mtimeSeconds: 0 })) {
      exitCode = await fail(session, `mkdir: can't create directory '${path}': File exists`, 1);
    }
  }
  return exitCode;
}

/** Questions about files are answered; every other question is taken for true, as scripts of examples expect. */
async function test(files: FileTree, args: readonly string[]): Promise<number> {
  const [question, path = ''] = args;
  const kind = files.get(path)?.kind;
  if (question === '-d') return kind === 'directory' ? 0 : 1;
  if (question === '-f') return kind === 'file' ? 0 : 1;
  if (question === '-e') return kind ? 0 : 1;
  return 0;
}
