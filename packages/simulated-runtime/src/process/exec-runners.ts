import { type Bytes, fromUtf8, utf8 } from '@trireme/base';
import type { Time } from '@trireme/ports';
import type { ExecSession } from '../behaviour.ts';
import { fileCommand } from '../files/file-commands.ts';
import type { Container } from '../world.ts';
import { commandProgram } from './command-program.ts';
import { runProgram } from './run-program.ts';

/** Runs one command to its end, and resolves to its exit code. */
export type Runner = (time: Time, container: Container, session: ExecSession) => Promise<number>;

export const killedCode = 137;

export const nothing: AsyncIterable<Bytes> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

/** What a person runs: a shell, commands on the container's files, and the simulation's own. */
export const runForClient: Runner = (time, container, session) => {
  if (isShell(session.command)) return shell(time, container, session);
  return fileCommand(container.files, session) ?? runCommand(time, container, session);
};

/** What probes and hooks run. The files that they ask for are taken to be there: nothing in a simulation writes them. */
export const runForProbe: Runner = (time, container, session) =>
  isShell(session.command) ? shell(time, container, session) : runCommand(time, container, session);

/** A shell that reads what it does. */
export const isShell = ([path = '', ...args]: readonly string[]): boolean =>
  /(^|\/)(sh|bash|ash)$/.test(path) && !args.includes('-c');

const runCommand: Runner = (time, _container, session) => {
  const { command } = session;
  const { env, hostname } = session.container;
  const program = commandProgram(command, { env, hostname });
  if (!program) {
    const what = `exec: "${command[0] ?? ''}": executable file not found in $PATH: unknown`;
    void session.write(
      'stderr',
      utf8(`OCI runtime exec failed: exec failed: unable to start container process: ${what}\n`),
    );
    return Promise.resolve(127);
  }
  return new Promise((resolve) => {
    const running = runProgram(time, program, {
      onLog: (stream, line) => void session.write(stream, utf8(session.tty ? `${line}\r\n` : `${line}\n`)),
      onExit: resolve,
    });
    void session.abandoned.then(() => {
      running.kill();
      resolve(killedCode);
    });
  });
};

/** A shell that reads commands from its input, line by line; on a terminal it prompts and echoes. */
async function shell(time: Time, container: Container, session: ExecSession): Promise<number> {
  const prompt = (): void => {
    if (session.tty) void session.write('stdout', utf8('/ # '));
  };
  let pending = '';
  let lastCode = 0;
  prompt();
  for await (const bytes of session.stdin) {
    const text = fromUtf8(bytes).replaceAll('\r', '\n');
    if (session.tty) await session.write('stdout', utf8(text.replaceAll('\n', '\r\n').replaceAll('\u0004', '')));
    pending += text;
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      const line = pending.slice(0, end).trim();
      pending = pending.slice(end + 1);
      const exit = /^exit(?:\s+(\d+))?$/.exec(line);
      if (exit) return exit[1] === undefined ? lastCode : Number(exit[1]) & 255;
      // What the shell runs has nothing to read: the shell itself reads what comes.
      const told = { ...session, command: ['sh', '-c', line], stdin: nothing };
      if (line !== '') lastCode = await runForClient(time, container, told);
      prompt();
    }
    if (pending.includes('\u0004')) return lastCode;
  }
  return lastCode;
}
