import { createServer, type Socket } from 'node:net';
import type { Logger } from '@trireme/ports';
import type { DnsServerOptions, Listener } from './dns-server.ts';
import { createFrameReader, frameOf } from './tcp-frames.ts';

// RFC 7766 section 6.2.3 leaves the number to the server; it keeps idle or hostile clients from holding sockets.
const idleLimitMs = 10_000;
const maxConnections = 256;
/** Queries of one connection that may be under way; its socket is not read meanwhile. */
const maxPipelined = 64;

/** Several queries may come over one connection; each is answered as soon as it can be (RFC 7766 section 7). */
export function listenTcp({ answer, logger }: DnsServerOptions, host: string, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, answer, logger);
  });
  server.maxConnections = maxConnections;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      server.on('error', (error) => logger.log('warn', 'DNS over TCP had an error', { error: error.message }));
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address ? address.port : port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of sockets) socket.destroy();
          }),
      });
    });
  });
}

function serve(socket: Socket, answer: DnsServerOptions['answer'], logger: Logger): void {
  const reader = createFrameReader();
  let pending = 0;
  const reply = async (message: Uint8Array): Promise<void> => {
    pending++;
    if (pending >= maxPipelined) socket.pause();
    try {
      const response = await answer(message, 'tcp');
      if (response.length > 0 && socket.writable) socket.write(frameOf(response));
    } catch (error) {
      logger.log('error', 'a DNS query over TCP got no answer', { error: String(error) });
    }
    pending--;
    if (pending === 0) socket.resume();
  };
  socket.setTimeout(idleLimitMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    for (const message of reader.push(chunk)) void reply(message);
  });
}
