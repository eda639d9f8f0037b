import { utf8 } from '@trireme/base';
import { type HttpRequest, type HttpResponse, RuntimeError, type StreamRequest } from '@trireme/ports';
import { type RemoteCommand, servePortForward, serveRemoteCommand } from '@trireme/streaming';
import type { LogStream } from '../behaviour.ts';
import { requireRunning, runExec } from '../exec.ts';
import { type Container, containerOf, sandboxOf, type World } from '../world.ts';
import { connectPort } from './connect-port.ts';

/** Serves exec, attach and port-forward of simulated containers, to every client that Kubernetes knows. */
export function serveStream(world: World, request: StreamRequest, upgrade: HttpRequest): HttpResponse {
  if (request.kind === 'port-forward') {
    const sandbox = sandboxOf(world, request.sandboxId);
    if (!sandbox.ready) throw new RuntimeError('failed', `port-forward to sandbox ${sandbox.id}: it is not running`);
    const target = { pod: sandbox.id, ports: request.ports };
    return servePortForward(world, upgrade, target, (port, stream) => connectPort(world, sandbox, port, stream));
  }
  const container = containerOf(world, request.containerId);
  requireRunning(container, request.kind);
  return serveRemoteCommand(world, upgrade, request, (remote) => {
    if (request.kind === 'attach') return attach(container, remote);
    return runExec(world, container, {
      command: request.command,
      tty: request.tty,
      stdin: remote.stdin,
      abandoned: remote.gone,
      write: remote.write,
    });
  });
}

/** What a client may be behind; then lines are left out until it has caught up, as the process waits for nobody. */
const mostBehindBytes = 1024 * 1024;

/** Sends what the process writes from now on, until it exits or the client goes. What the client types is dropped. */
async function attach(container: Container, remote: RemoteCommand): Promise<number> {
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
  const exited = new Promise<void>((resolve) => container.onExit.add(() => resolve()));
  void dropInput(remote);
  await Promise.race([exited, remote.gone]);
  container.watchers.delete(watcher);
  return container.exitCode;
}

async function dropInput(remote: RemoteCommand): Promise<void> {
  for await (const _ of remote.stdin);
}
