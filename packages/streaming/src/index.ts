/**
 * The protocols behind `kubectl exec`, `attach`, `cp` and `port-forward`, on the server's side and over any byte stream:
 * SPDY/3.1, WebSocket channels, and SPDY tunnelled in WebSocket, with every client from 1.27 to 1.36. Nothing here does
 * I/O: an upgraded connection comes in through the HTTP port, and what runs at the other end is a function.
 *
 * @example
 * import { servePortForward, serveRemoteCommand } from '@trireme/streaming';
 * import { utf8 } from '@trireme/base';
 *
 * const exec = { kind: 'exec', stdin: true, stdout: true, stderr: true, tty: false } as const;
 * const response = serveRemoteCommand({ time }, request, exec, async (remote) => {
 *   for await (const bytes of remote.stdin) await remote.write('stdout', bytes);
 *   return 0;
 * });
 */
export type { ConnectPort, ForwardTarget } from './port-forward/port-connection.ts';
export { servePortForward } from './port-forward/serve-port-forward.ts';
export type { CommandChannels, CommandStreams, TerminalSize } from './remote-command/command-channels.ts';
export { type CommandStatus, failureStatus } from './remote-command/command-status.ts';
export {
  type RemoteCommand,
  type RemoteCommandRequest,
  serveRemoteCommand,
} from './remote-command/serve-remote-command.ts';
export { createWebSocketChannels } from './remote-command/websocket-channels.ts';
export { createSpdyConnection, type SpdyConnection, type SpdyConnectionOptions } from './spdy/connection.ts';
export type { SpdyHeaders } from './spdy/header-block.ts';
export { SpdyError } from './spdy/spdy-error.ts';
export type { SpdyStream } from './spdy/spdy-stream.ts';
export { type Agreement, answerUpgrade, type Offer } from './upgrade.ts';
export {
  acceptKey,
  createWebSocketConnection,
  type WebSocketConnection,
} from './websocket/websocket-connection.ts';
export {
  createFrameDecoder,
  encodeFrame,
  type Frame,
  type FrameDecoder,
  FrameError,
  opcodes,
} from './websocket/websocket-frames.ts';
export { createWebSocketTunnel } from './websocket/websocket-tunnel.ts';
