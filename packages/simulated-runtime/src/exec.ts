import { type Bytes, concatBytes, createDeferred, utf8 } from '@trireme/base';
import { type ExecResult, RuntimeError, type Time } from '@trireme/ports';
import type { ContainerView, ExecHandler, ExecSession } from './behaviour.ts';
import { behaviourOf } from './images.ts';
import { killedCode, nothing, type Runner, runForClient, runForProbe } from './process/exec-runners.ts';
import { type Container, steeredOutcome, viewOf, type World } from './world.ts';

/** Runs one command in a running container, by the image's own handler or by the simulation's commands. */
export async function runExec(
  world: World,
  container: Container,
  session: Omit<ExecSession, 'container'>,
  runOther: Runner = runForClient,
): Promise<number> {
  const ended = createDeferred<void>();
  const onExit = (): void => ended.resolve();
  container.onExit.add(onExit);
  const abandoned = Promise.race([session.abandoned, ended.promise]);
  const whole: ExecSession = { ...session, container: viewOf(world, container), abandoned };
  try {
    const running = behaviourOf(world, container.config.image)?.exec?.(whole) ?? runOther(world.time, container, whole);
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
      : runExec(
          world,
          container,
          {
            command,
            tty: false,
            stdin: nothing,
            write: async (stream, bytes) => void written[stream].push(bytes),
            abandoned: abandoned.promise,
          },
          runForProbe,
        );
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
