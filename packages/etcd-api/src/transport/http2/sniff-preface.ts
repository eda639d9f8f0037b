import type { Socket } from 'node:net';

const preface = 'PRI';

/**
 * Tells by the first bytes which HTTP a client speaks: no method of HTTP/1.1 begins like HTTP/2's preface. The bytes are
 * given back to the socket. A client that says nothing is cut off.
 */
export function sniffPreface(
  socket: Socket,
  timeoutMs: number,
  to: { readonly http2: (socket: Socket) => void; readonly http1: (socket: Socket) => void },
): void {
  let heard: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const stop = (): void => {
    clearTimeout(timer);
    socket.off('data', listen);
    socket.off('close', stop);
  };
  const listen = (bytes: Buffer): void => {
    heard = heard.length === 0 ? bytes : Buffer.concat([heard, bytes]);
    const start = heard.toString('latin1', 0, preface.length);
    if (start.length < preface.length && preface.startsWith(start)) return;
    stop();
    socket.pause();
    socket.unshift(heard);
    if (start === preface) {
      to.http2(socket);
    } else {
      to.http1(socket);
      socket.resume();
    }
  };
  socket.on('error', () => undefined);
  socket.on('close', stop);
  socket.on('data', listen);
}
