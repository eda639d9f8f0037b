import { type Bytes, fromUtf8, utf8 } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import {
  type CommandChannels,
  type CommandStatus,
  type CommandStreams,
  createSpdyConnection,
  failureStatus,
  type SpdyStream,
} from '@trireme/streaming';

/** No Status is that long. */
const statusLimitBytes = 64 * 1024;

/**
 * Carries a client's channels over the runtime's SPDY streams (v4.channel.k8s.io), until the command has ended or the
 * client has gone.
 */
export async function carryCommand(
  runtime: ByteStream,
  request: CommandStreams & { readonly kind: 'exec' | 'attach' },
  client: CommandChannels,
): Promise<void> {
  const connection = createSpdyConnection(runtime, { role: 'client', grantsWindows: false, accept: () => false });
  // The runtime counts the streams, and begins when the last one is there.
  const open = (streamType: string): SpdyStream => connection.open(new Map([['streamtype', streamType]]));
  const error = open('error');
  const stdin = request.stdin ? open('stdin') : undefined;
  const stdout = request.stdout ? open('stdout') : undefined;
  const stderr = request.stderr && !request.tty ? open('stderr') : undefined;
  const resize = request.tty ? open('resize') : undefined;
  stdin?.discard();
  resize?.discard();
  // Whoever leaves first, and however: the runtime's connection must not outlast its client.
  void client.gone.then(() => connection.close());
  if (stdin) void quietly(carryStdin(client.stdin, stdin));
  if (resize) void quietly(carryResizes(client, resize));
  const output = Promise.all([
    stdout && quietly(carryOutput(stdout, (bytes) => client.write('stdout', bytes))),
    stderr && quietly(carryOutput(stderr, (bytes) => client.write('stderr', bytes))),
  ]);
  const status = await readStatus(request.kind, error);
  await output;
  await client.finish(status);
  await connection.close();
}

async function carryStdin(from: AsyncIterable<Bytes>, to: SpdyStream): Promise<void> {
  for await (const bytes of from) await to.write(bytes);
  to.end();
}

async function carryResizes(client: CommandChannels, to: SpdyStream): Promise<void> {
  for await (const { width, height } of client.resizes) {
    await to.write(utf8(`${JSON.stringify({ Width: width, Height: height })}\n`));
  }
}

async function carryOutput(from: SpdyStream, write: (bytes: Bytes) => Promise<void>): Promise<void> {
  for await (const bytes of from.incoming) await write(bytes);
}

async function readStatus(kind: 'exec' | 'attach', error: SpdyStream): Promise<CommandStatus> {
  let text = '';
  try {
    for await (const bytes of error.incoming) if (text.length < statusLimitBytes) text += fromUtf8(bytes);
    return JSON.parse(text) as CommandStatus;
  } catch {
    return failureStatus(kind, 'the connection to the container runtime was lost before the command ended');
  }
}

/** What breaks a stream ends its connection, which shows in the status. */
async function quietly(work: Promise<void>): Promise<void> {
  await work.catch(() => undefined);
}
