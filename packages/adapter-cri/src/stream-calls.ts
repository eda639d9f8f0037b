import type { CancelSignal, ContainerRuntime, HttpRequest, StreamRequest } from '@trireme/ports';
import { type CriCalls, defaultTimeoutMs } from './calls.ts';
import type { CriChannel } from './channel.ts';
import { grpcCodes, hasGrpcCode, toRuntimeError } from './errors.ts';
import { forwardUpgrade } from './forward-upgrade.ts';
import { needsTranslation, translateWebSocket } from './translate-web-socket.ts';

type Part = Required<Pick<ContainerRuntime, 'execSync' | 'stream' | 'events'>>;

interface ExecSyncMessage {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exitCode: number;
}

interface EventMessage {
  readonly containerId: string;
  readonly podSandboxStatus: { readonly id: string } | null;
}

export function streamCalls(calls: CriCalls, channel: CriChannel): Part {
  return {
    execSync(id, command, timeoutSeconds) {
      // The runtime ends the command at its timeout; the call outlasts that, so that its answer still comes.
      const timeoutMs = timeoutSeconds > 0 ? timeoutSeconds * 1000 + defaultTimeoutMs : undefined;
      const request = { containerId: id, cmd: command, timeout: timeoutSeconds };
      return calls.runtime<ExecSyncMessage>('ExecSync', request, { timeoutMs });
    },
    async stream(request: StreamRequest, upgrade: HttpRequest) {
      const url = await streamUrl(calls, request);
      if (needsTranslation(request, upgrade)) return translateWebSocket(url, request, upgrade);
      return forwardUpgrade(url, upgrade);
    },
    events: (signal) => containerEvents(channel, signal),
  };
}

async function streamUrl(calls: CriCalls, request: StreamRequest): Promise<string> {
  const ask = async (method: string, message: object): Promise<string> =>
    (await calls.runtime<{ readonly url: string }>(method, message)).url;
  if (request.kind === 'port-forward') {
    return ask('PortForward', { podSandboxId: request.sandboxId, port: request.ports });
  }
  const { containerId, stdin, stdout, tty } = request;
  // A terminal has one output: CRI refuses a separate stderr with it.
  const streams = { containerId, stdin, stdout, stderr: request.stderr && !tty, tty };
  return request.kind === 'exec' ? ask('Exec', { ...streams, cmd: request.command }) : ask('Attach', streams);
}

async function* containerEvents(
  channel: CriChannel,
  signal: CancelSignal,
): AsyncGenerator<{ readonly containerId: string; readonly sandboxId: string }> {
  try {
    for await (const event of channel.serverStream<EventMessage>('RuntimeService', 'GetContainerEvents', signal)) {
      yield { containerId: event.containerId, sandboxId: event.podSandboxStatus?.id ?? '' };
    }
  } catch (error) {
    // Runtimes before containerd 1.7 have no events: there the stream just ends, and the caller goes by its lists.
    if (hasGrpcCode(error, grpcCodes.unimplemented)) return;
    throw toRuntimeError(error);
  }
}
