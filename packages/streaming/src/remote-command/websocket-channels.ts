import { type Bytes, concatBytes, emptyBytes, fromUtf8, utf8 } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import { createByteInbox } from '../byte-inbox.ts';
import { createWebSocketConnection } from '../websocket/websocket-connection.ts';
import { type CommandChannels, type CommandStreams, createResizes } from './command-channels.ts';

/** Each message begins with the number of its channel. */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Best first. v5 adds a message by which the client closes its stdin. */
export const webSocketCommandProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

const unreadLimitBytes = 256 * 1024;

export function createWebSocketChannels(stream: ByteStream, asked: CommandStreams): CommandChannels {
  const connection = createWebSocketConnection(stream);
  const stdin = createByteInbox(unreadLimitBytes);
  const { sizes, push } = createResizes();
  const send = (channel: number, bytes: Bytes): Promise<void> =>
    connection.send(concatBytes([new Uint8Array([channel]), bytes]));

  const read = async (): Promise<void> => {
    for await (const message of connection.messages) {
      const [channel, target] = message;
      if (channel === channels.stdin) {
        stdin.push(message.subarray(1));
        await stdin.room();
      }
      if (channel === channels.resize) push(fromUtf8(message.subarray(1)));
      if (channel === channels.close && target === channels.stdin) stdin.end();
    }
    stdin.end();
    sizes.end();
  };
  if (!asked.stdin) stdin.discard();
  const gone = read();
  // The client may wait for a first message as the sign that the connection stands.
  void send(asked.stdout ? channels.stdout : asked.stderr ? channels.stderr : channels.error, emptyBytes);
  return {
    stdin: stdin.incoming,
    resizes: sizes,
    gone,
    write: (name, bytes) => send(channels[name], bytes),
    async finish(status) {
      stdin.discard();
      await send(channels.error, utf8(JSON.stringify(status)));
      await connection.close(1000);
    },
  };
}
