import type { ByteStream } from '@trireme/ports';
import type { WebSocketConnection } from './websocket-connection.ts';

/** A byte stream that travels in binary messages, whose bounds mean nothing. */
export function createWebSocketTunnel(connection: WebSocketConnection): ByteStream {
  let open = true;
  const close = (code: number): void => {
    open = false;
    void connection.close(code);
  };
  return {
    incoming: connection.messages,
    write: (bytes) => (open ? connection.send(bytes) : Promise.reject(new Error('write: the tunnel has been closed'))),
    end: () => close(1000),
    destroy: () => close(1006),
  };
}
