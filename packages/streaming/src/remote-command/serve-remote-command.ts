import { type Bytes, messageOf } from '@trireme/base';
import type { ByteStream, HttpRequest, HttpResponse, Time } from '@trireme/ports';
import { type Agreement, answerUpgrade } from '../upgrade.ts';
import type { CommandChannels, CommandStreams, TerminalSize } from './command-channels.ts';
import { exitStatus, failureStatus } from './command-status.ts';
import { createSpdyChannels, spdyCommandProtocols } from './spdy-channels.ts';
import { createWebSocketChannels, webSocketCommandProtocols } from './websocket-channels.ts';

/** A client that waits at the other end of a command. */
export interface RemoteCommand {
  /** Ends when the client closes its stdin or goes away; at once where it asked for none. */
  readonly stdin: AsyncIterable<Bytes>;
  /** How large the client's terminal has become. */
  readonly resizes: AsyncIterable<TerminalSize>;
  /** Resolves when the client has gone, or has been told the end. */
  readonly gone: Promise<void>;
  /** Drops what the client did not ask for; on a terminal all output is one. Resolves when there is room for more. */
  write(stream: 'stdout' | 'stderr', bytes: Bytes): Promise<void>;
}

export interface RemoteCommandRequest extends CommandStreams {
  readonly kind: 'exec' | 'attach';
}

/**
 * The server's side of exec and attach, over SPDY and WebSocket. `run` is called once the client's streams are there, and
 * resolves to the exit code; what it throws is told to the client as an internal error.
 */
export function serveRemoteCommand(
  deps: { readonly time: Time },
  upgrade: HttpRequest,
  request: RemoteCommandRequest,
  run: (remote: RemoteCommand) => Promise<number>,
): HttpResponse {
  const offer = { spdy: spdyCommandProtocols, webSocket: webSocketCommandProtocols };
  const serve = async (stream: ByteStream, agreement: Agreement): Promise<void> => {
    const channels = await openChannels(deps.time, stream, agreement, request);
    if (!channels) return;
    const ended = run(remoteOf(channels, request)).then(exitStatus, (error: unknown) =>
      failureStatus(request.kind, messageOf(error)),
    );
    await channels.finish(await ended);
  };
  return answerUpgrade(upgrade, offer, (stream, agreement) => {
    serve(stream, agreement).catch(() => stream.destroy());
  });
}

async function openChannels(
  time: Time,
  stream: ByteStream,
  { transport, protocol }: Agreement,
  asked: CommandStreams,
): Promise<CommandChannels | undefined> {
  if (transport === 'websocket') return createWebSocketChannels(stream, asked);
  return await createSpdyChannels(time, stream, protocol, asked);
}

function remoteOf(channels: CommandChannels, asked: CommandStreams): RemoteCommand {
  return {
    stdin: channels.stdin,
    resizes: channels.resizes,
    gone: channels.gone,
    async write(stream, bytes) {
      const target = asked.tty ? 'stdout' : stream;
      if (asked[target] && bytes.length > 0) await channels.write(target, bytes);
    },
  };
}
