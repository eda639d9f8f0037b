import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { messageOf } from '@trireme/base';
import type { Logger } from '@trireme/ports';

const connectTimeoutMs = 10_000;
const maxTunnels = 256;

/**
 * Lets the containerds of nodes that have no route out pull images: an HTTP CONNECT proxy on the host's side of the node
 * network, for TLS ports alone. Pods are not told of it, and nothing of a pod or service range leaves by it: what goes out
 * is the host's own connection.
 */
export async function startPullProxy(host: string, port: number, logger: Logger): Promise<Server> {
  let tunnels = 0;
  const server = createServer((_, response) => {
    response.writeHead(405, { connection: 'close' }).end('Only CONNECT is served here.\n');
  });
  server.on('connect', (request, client, head) => {
    client.on('error', () => client.destroy());
    const match = /^([\w.-]+|\[[\da-fA-F:]+\]):(\d{1,5})$/.exec(request.url ?? '');
    const [target, targetPort] = [match?.[1]?.replaceAll(/[[\]]/g, ''), Number(match?.[2])];
    if (!target || targetPort > 65535 || tunnels >= maxTunnels) {
      client.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
      return;
    }
    tunnels += 1;
    const upstream = connect({ host: target, port: targetPort, timeout: connectTimeoutMs });
    upstream.once('connect', () => {
      upstream.setTimeout(0);
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.once('timeout', () => upstream.destroy(new Error(`no connection within ${connectTimeoutMs} ms`)));
    upstream.once('error', (error) => {
      logger.log('warn', 'an image registry cannot be reached', {
        target: `${target}:${targetPort}`,
        why: messageOf(error),
      });
      if (!client.destroyed) client.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n');
    });
    upstream.once('close', () => {
      tunnels -= 1;
      client.destroy();
    });
    client.once('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}
