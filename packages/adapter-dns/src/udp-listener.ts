import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { DnsServerOptions, Listener } from './dns-server.ts';

/** Each datagram is one query, and is answered with one. */
export function listenUdp({ answer, logger }: DnsServerOptions, host: string, port: number): Promise<Listener> {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
  let open = true;
  const reply = async (message: Uint8Array, toPort: number, toAddress: string): Promise<void> => {
    try {
      const response = await answer(message, 'udp');
      if (!open || response.length === 0) return;
      // The client may be gone by now; there is nobody to tell.
      socket.send(response, toPort, toAddress, () => undefined);
    } catch (error) {
      logger.log('error', 'a DNS query over UDP got no answer', { error: String(error) });
    }
  };
  socket.on('message', (message, from) => void reply(message, from.port, from.address));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      socket.on('error', (error) => logger.log('warn', 'DNS over UDP had an error', { error: error.message }));
      resolve({
        port: socket.address().port,
        close: () =>
          new Promise((closed) => {
            open = false;
            socket.close(() => closed());
          }),
      });
    });
  });
}
