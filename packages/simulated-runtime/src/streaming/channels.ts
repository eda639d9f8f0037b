import { type AsyncQueue, type Bytes, concatBytes, createAsyncQueue, utf8 } from '@trireme/base';
import type { WebSocketConnection } from './websocket-connection.ts';

/** The channels of remote command over WebSocket: each message begins with the number of its channel. */
export const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export interface RemoteCommand {
  /** Ends when the client closes its stdin (v5), or goes away. */
  readonly stdin: AsyncQueue<Bytes>;
  /** Resolves when the client has gone. */
  readonly gone: Promise<void>;
  send(channel: number, bytes: Bytes): void;
  /** Tells the client how it ended, and closes. */
  finish(status: object): Promise<void>;
}

export function createRemoteCommand(connection: WebSocketConnection): RemoteCommand {
  const stdin = createAsyncQueue<Bytes>();
  const read = async (): Promise<void> => {
    for await (const message of connection.messages) {
      const [channel, target] = message;
      if (channel === channels.stdin) stdin.push(message.subarray(1));
      if (channel === channels.close && target === channels.stdin) stdin.end();
    }
    stdin.end();
  };
  const send = (channel: number, bytes: Bytes): void => {
    connection.send(concatBytes([new Uint8Array([channel]), bytes]));
  };
  return {
    stdin,
    gone: read(),
    send,
    async finish(status) {
      send(channels.error, utf8(JSON.stringify(status)));
      await connection.close(1000);
    },
  };
}

/** The Status that the error channel carries: Success, or what a client turns into its own exit code. */
export function exitStatus(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

export function failureStatus(message: string): object {
  return { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 };
}
