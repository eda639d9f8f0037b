import { createDeferred, fromUtf8, utf8 } from '@trireme/base';
import type { ByteStream, Time } from '@trireme/ports';
import { createSpdyConnection, type SpdyConnection } from '../spdy/connection.ts';
import type { SpdyStream } from '../spdy/spdy-stream.ts';
import { within } from '../within.ts';
import { type CommandChannels, type CommandStreams, createResizes } from './command-channels.ts';
import type { CommandStatus } from './command-status.ts';

/** Best first. v4 ends with a Status, v3 and older with a text; v3 brought resizing. v1 and v2 differ in the client only. */
export const spdyCommandProtocols = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const;

/** The kubelet's own limit for a client to open its streams. */
const streamsWithinMs = 30_000;
/** Clients close once they have read to the end; one that does not is left after this. */
const closeWithinMs = 10_000;

type StreamType = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize';
type Streams = ReadonlyMap<string, SpdyStream>;

/** Waits for the client's streams: one for errors, and one for each thing it asked for. Undefined if they do not come. */
export async function createSpdyChannels(
  time: Time,
  stream: ByteStream,
  protocol: string,
  asked: CommandStreams,
): Promise<CommandChannels | undefined> {
  const awaited = new Set(streamTypes(protocol, asked));
  const streams = new Map<string, SpdyStream>();
  const complete = createDeferred<Streams>();
  const connection = createSpdyConnection(stream, {
    role: 'server',
    accept(opened) {
      const type = opened.headers.get('streamtype') ?? '';
      if (!awaited.delete(type as StreamType)) return false;
      streams.set(type, opened);
      if (awaited.size === 0) complete.resolve(streams);
      return true;
    },
  });
  const gone = connection.closed.then(() => undefined);
  const ready = await within(time, streamsWithinMs, Promise.race([complete.promise, gone]));
  if (ready) return channelsOf(time, connection, ready, protocol);
  await connection.close();
  return undefined;
}

function streamTypes(protocol: string, asked: CommandStreams): readonly StreamType[] {
  const resizable = asked.tty && (protocol.startsWith('v4.') || protocol.startsWith('v3.'));
  const named = (['stdin', 'stdout', 'stderr'] as const).filter((name) => asked[name]);
  return ['error', ...named, ...(resizable ? (['resize'] as const) : [])];
}

function channelsOf(time: Time, connection: SpdyConnection, streams: Streams, protocol: string): CommandChannels {
  const { sizes, push } = createResizes();
  const readResizes = async (resize: SpdyStream): Promise<void> => {
    for await (const bytes of resize.incoming) push(fromUtf8(bytes));
    sizes.end();
  };
  const resize = streams.get('resize');
  if (resize) void readResizes(resize);
  else sizes.end();
  // Nothing is expected there; what comes all the same must not stop the connection.
  for (const name of ['error', 'stdout', 'stderr']) streams.get(name)?.discard();
  return {
    stdin: streams.get('stdin')?.incoming ?? nothing,
    resizes: sizes,
    gone: connection.closed,
    async write(name, bytes) {
      await streams
        .get(name)
        ?.write(bytes)
        .catch(() => undefined);
    },
    async finish(status) {
      streams.get('stdin')?.discard();
      const text = statusText(protocol, status);
      if (text !== '')
        streams
          .get('error')
          ?.write(utf8(text))
          .catch(() => undefined);
      for (const each of streams.values()) each.end();
      // Older clients lose what they have not read yet when the connection ends: it is theirs to end it.
      await within(time, closeWithinMs, connection.closed);
      await connection.close();
    },
  };
}

const nothing: CommandChannels['stdin'] = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

function statusText(protocol: string, status: CommandStatus): string {
  if (protocol.startsWith('v4.')) return JSON.stringify(status);
  return status.status === 'Success' ? '' : (status.message ?? '');
}
