import { type Bytes, concatBytes, createDeferred, fromUtf8, utf8 } from '@trireme/base';
import { type ExecResult, RuntimeError, type Time } from '@trireme/ports';
import type { ContainerView, ExecHandler, ExecSession } from './behaviour.ts';
import { behaviourOf } from './images.ts';
import { commandProgram } from './process/command-program.ts';
import { runProgram } from './process/run-program.ts';
import { type Container, steeredOutcome, viewOf, type World } from './world.ts';

const nothing: AsyncIterable<Bytes> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

const killedCode = 137;

/** Runs one command in a running container, by the image's own handler or by the simulation's commands. */
export async function runExec(
  world: World,
  container: Container,
  session: Omit<ExecSession, 'container'>,
): Promise<number> {
  const ended = createDeferred<void>();
  const onExit = (): void => ended.resolve();
  container.onExit.add(onExit);
  const abandoned = Promise.race([session.abandoned, ended.promise]);
  const whole: ExecSession = { ...session, container: viewOf(world, container), abandoned };
  try {
    const running = behaviourOf(world, container.config.image)?.exec?.(whole) ?? defaultExec(world.time, whole);
    return await Promise.race([running, abandoned.then(() => killedCode)]);
  } finally {
    container.onExit.delete(onExit);
  }
}

export function requireRunning(container: Container, action: string): void {
  if (container.state === 'running') return;
  throw new RuntimeError('failed', `${action} in container ${container.id}: container is in ${container.state} state`);
}

/** Collects what the command writes. A steered probe answers instead of the command. */
export async function execSync(
  world: World,
  container: Container,
  command: readonly string[],
  timeoutSeconds: number,
): Promise<ExecResult> {
  requireRunning(container, 'exec');
  const outcome = steeredOutcome(world, container);
  if (outcome === 'success') return { stdout: utf8(''), stderr: utf8(''), exitCode: 0 };
  if (outcome === 'failure') return { stdout: utf8('steered to fail\n'), stderr: utf8(''), exitCode: 1 };
  const written = { stdout: [] as Bytes[], stderr: [] as Bytes[] };
  const abandoned = createDeferred<void>();
  const running =
    outcome === 'timeout'
      ? new Promise<number>(() => undefined)
      : runExec(world, container, {
          command,
          tty: false,
          stdin: nothing,
          write: async (stream, bytes) => void written[stream].push(bytes),
          abandoned: abandoned.promise,
        });
  const exitCode = await withTimeout(world.time, running, timeoutSeconds, command).finally(abandoned.resolve);
  return { stdout: concatBytes(written.stdout), stderr: concatBytes(written.stderr), exitCode };
}

function withTimeout(
  time: Time,
  running: Promise<number>,
  timeoutSeconds: number,
  command: readonly string[],
): Promise<number> {
  if (timeoutSeconds <= 0) return running;
  return new Promise((resolve, reject) => {
    const timer = time.after(timeoutSeconds * 1000, () => {
      const what = `failed to exec in container: timeout ${timeoutSeconds}s exceeded`;
      reject(new RuntimeError('timeout', `command ${JSON.stringify(command.join(' '))} timed out: ${what}`));
    });
    running.then(resolve, reject).finally(() => timer.cancel());
  });
}

const defaultExec = (time: Time, session: ExecSession): Promise<number> => {
  const [path = ''] = session.command;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'cat' && session.command.length === 1) return copyStdin(session);
  if (/^(sh|bash|ash)$/.test(name) && !session.command.includes('-c')) return shell(time, session);
  return runCommand(time, session, session.command);
};

function runCommand(time: Time, session: ExecSession, command: readonly string[]): Promise<number> {
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
}

async function copyStdin(session: ExecSession): Promise<number> {
  for await (const bytes of session.stdin) await session.write('stdout', bytes);
  return 0;
}

/** A shell that reads commands from its input, line by line; on a terminal it prompts and echoes. */
async function shell(time: Time, session: ExecSession): Promise<number> {
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
      if (line !== '') lastCode = await runCommand(time, session, ['sh', '-c', line]);
      prompt();
    }
    if (pending.includes('\u0004')) return lastCode;
  }
  return lastCode;
}

/** A handler that answers some commands and leaves the others to the simulation. */
export function execTable(
  answers: Readonly<Record<string, string | ((container: ContainerView) => string)>>,
): ExecHandler {
  return (session) => {
    const answer = answers[session.command.join(' ')];
    if (answer === undefined) return undefined;
    void session.write('stdout', utf8(typeof answer === 'function' ? answer(session.container) : answer));
    return Promise.resolve(0);
  };
}
