import { createDeferred, utf8 } from '@trireme/base';
import type { RemoteCommand } from '@trireme/streaming';
import type { LogStream } from '../behaviour.ts';
import { endContainer } from '../containers.ts';
import { runExec } from '../exec.ts';
import { isShell } from '../process/exec-runners.ts';
import { type Container, viewOf, type World } from '../world.ts';

/** What a client may be behind; then lines are left out until it has caught up, as the process waits for nobody. */
const mostBehindBytes = 1024 * 1024;

/** Joins a client to a container's process: to a shell as if it sat before it, to any other as one that looks on. */
export async function attach(world: World, container: Container, remote: RemoteCommand): Promise<number> {
  const { command } = viewOf(world, container);
  if (container.config.stdin && isShell(command)) await attachToShell(world, container, command, remote);
  else await watch(container, remote);
  // Attaching went well, however the process ended: clients read its exit code from the pod.
  return 0;
}

/** The process is the shell, so the container ends with it; with a client that goes, too, where it has only one. */
async function attachToShell(
  world: World,
  container: Container,
  command: readonly string[],
  remote: RemoteCommand,
): Promise<void> {
  let left = false;
  const abandoned = remote.gone.then(() => {
    left = true;
  });
  const session = { command, tty: container.config.tty, stdin: remote.stdin, write: remote.write, abandoned };
  const exitCode = await runExec(world, container, session);
  if (left && !container.config.stdinOnce) return;
  const code = left ? 0 : exitCode;
  endContainer(world, container, code, code === 0 ? 'Completed' : 'Error');
}

/** Sends what the process writes from now on, until it exits or the client goes. What the client types is dropped. */
async function watch(container: Container, remote: RemoteCommand): Promise<void> {
  let behindBytes = 0;
  const watcher = (stream: LogStream, line: string): void => {
    const bytes = utf8(container.config.tty ? `${line}\r\n` : `${line}\n`);
    if (behindBytes > mostBehindBytes) return;
    behindBytes += bytes.length;
    void remote.write(stream, bytes).then(() => {
      behindBytes -= bytes.length;
    });
  };
  container.watchers.add(watcher);
  const exited = createDeferred<void>();
  container.onExit.add(exited.resolve);
  void dropInput(remote);
  await Promise.race([exited.promise, remote.gone]);
  container.onExit.delete(exited.resolve);
  container.watchers.delete(watcher);
}

async function dropInput(remote: RemoteCommand): Promise<void> {
  for await (const _ of remote.stdin);
}
