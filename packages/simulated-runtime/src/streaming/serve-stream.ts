import { type HttpRequest, type HttpResponse, RuntimeError, type StreamRequest } from '@trireme/ports';
import { servePortForward, serveRemoteCommand } from '@trireme/streaming';
import { requireRunning, runExec } from '../exec.ts';
import { containerOf, sandboxOf, type World } from '../world.ts';
import { attach } from './attach.ts';
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
    if (request.kind === 'attach') return attach(world, container, remote);
    return runExec(world, container, {
      command: request.command,
      tty: request.tty,
      stdin: remote.stdin,
      abandoned: remote.gone,
      write: remote.write,
    });
  });
}
