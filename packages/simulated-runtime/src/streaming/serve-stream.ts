import { messageOf, utf8 } from '@trireme/base';
import { type HttpRequest, type HttpResponse, RuntimeError, type StreamRequest } from '@trireme/ports';
import { requireRunning, runExec } from '../exec.ts';
import { containerOf, sandboxOf, type World } from '../world.ts';
import { channels, createRemoteCommand, exitStatus, failureStatus, type RemoteCommand } from './channels.ts';
import { portForwardProtocols, servePortForward } from './port-forward.ts';
import { channelProtocols, upgradeToWebSocket } from './upgrade.ts';
import { createWebSocketConnection } from './websocket-connection.ts';

type ExecStream = Extract<StreamRequest, { kind: 'exec' }>;
type AttachStream = Extract<StreamRequest, { kind: 'attach' }>;

/** Serves exec, attach and port-forward of simulated containers over the channel protocols. */
export function serveStream(world: World, request: StreamRequest, upgrade: HttpRequest): HttpResponse {
  if (request.kind === 'port-forward') {
    const sandbox = sandboxOf(world, request.sandboxId);
    if (!sandbox.ready) throw new RuntimeError('failed', `port-forward to sandbox ${sandbox.id}: it is not running`);
    return upgradeToWebSocket(upgrade, portForwardProtocols, (stream) => {
      void servePortForward(world, sandbox, request.ports, createWebSocketConnection(stream));
    });
  }
  requireRunning(containerOf(world, request.containerId), request.kind);
  return upgradeToWebSocket(upgrade, channelProtocols, (stream) => {
    const command = createRemoteCommand(createWebSocketConnection(stream));
    void (request.kind === 'exec' ? serveExec(world, request, command) : serveAttach(world, request, command));
  });
}

async function serveExec(world: World, request: ExecStream, remote: RemoteCommand): Promise<void> {
  const container = containerOf(world, request.containerId);
  if (!request.stdin) remote.stdin.end();
  const running = runExec(world, container, {
    command: request.command,
    tty: request.tty,
    stdin: remote.stdin,
    abandoned: remote.gone,
    write(stream, bytes) {
      const merged = request.tty ? 'stdout' : stream;
      if (request[merged]) remote.send(channels[merged], bytes);
    },
  });
  const status = await running.then(exitStatus, (error: unknown) => failureStatus(messageOf(error)));
  await remote.finish(status);
}

/** Sends what the process writes from now on, until it exits or the client goes. What the client types is dropped. */
async function serveAttach(world: World, request: AttachStream, remote: RemoteCommand): Promise<void> {
  const container = containerOf(world, request.containerId);
  const watcher = (stream: 'stdout' | 'stderr', line: string): void => {
    if (request[stream]) remote.send(channels[stream], utf8(request.tty ? `${line}\r\n` : `${line}\n`));
  };
  container.watchers.add(watcher);
  const exited = new Promise<'exited'>((resolve) => container.onExit.add(() => resolve('exited')));
  const end = await Promise.race([exited, remote.gone]);
  container.watchers.delete(watcher);
  if (end === 'exited') await remote.finish(exitStatus(container.exitCode));
}
