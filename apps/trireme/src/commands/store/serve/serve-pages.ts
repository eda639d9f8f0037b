import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { CodedError, messageOf } from '@trireme/base';
import type { EtcdPages, EtcdServerTls } from '@trireme/etcd-api';
import type { BindAddress } from './urls.ts';

/** Serves the pages at addresses of their own, for probes that have no certificate. */
export async function servePages(
  pages: EtcdPages,
  addresses: readonly BindAddress[],
  tls: EtcdServerTls | undefined,
): Promise<{ close(): void }> {
  const answer: RequestListener = (request, response) => {
    const page = request.method === 'GET' ? pages(request.url ?? '/') : undefined;
    const send = ({
      status,
      contentType = 'text/plain; charset=utf-8',
      body,
    }: {
      status: number;
      contentType?: string;
      body: string;
    }) => {
      response.writeHead(status, { 'content-type': contentType });
      response.end(body);
    };
    (page ?? Promise.resolve({ status: 404, body: '404 page not found\n' })).then(send, (error: unknown) =>
      send({ status: 500, body: `${messageOf(error)}\n` }),
    );
  };
  const servers = addresses.map(({ secure }) =>
    secure && tls
      ? createSecureServer(
          { cert: tls.cert, key: tls.key, ca: tls.clientCa, requestCert: tls.clientCa !== undefined },
          answer,
        )
      : createServer(answer),
  );
  for (const [i, server] of servers.entries()) {
    const { host, port } = addresses[i] as BindAddress;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(
          new CodedError(
            'listen-failed',
            `listen for pages on ${host}:${port}: ${cause.message}. Choose another port.`,
          ),
        ),
      );
      server.listen(port, host, resolve);
    });
  }
  return {
    close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
