import { createHttpsServer, type HttpsServer } from '@trireme/adapter-http';
import { messageOf, utf8 } from '@trireme/base';
import { type Authority, createAuthority, issue, kubeconfig } from '@trireme/pki';
import type { HttpHandler, Logger, Time } from '@trireme/ports';

export interface HttpsFace {
  /** 'https://127.0.0.1:40123' */
  readonly url: string;
  /** An administrator's, with everything embedded. */
  readonly kubeconfig: string;
  close(): Promise<void>;
}

export interface HttpsFaceDeps {
  readonly authority: Authority;
  readonly handler: HttpHandler;
  readonly time: Time;
  readonly logger: Logger;
}

const validDays = 30;

export function createClusterAuthority(nowMs: number): Promise<Authority> {
  return createAuthority({ subject: { commonName: 'trireme from code' }, validDays, nowMs });
}

/** One address for the whole cluster, on loopback: it outlives the death of any member. */
export async function openHttpsFace(deps: HttpsFaceDeps, port: number): Promise<HttpsFace> {
  const { authority, handler, logger, time } = deps;
  const nowMs = time.now();
  const [serving, admin] = await Promise.all([
    issue(authority, {
      subject: { commonName: 'kube-apiserver' },
      usages: ['server'],
      names: { dns: ['localhost'], ips: ['127.0.0.1'] },
      validDays,
      nowMs,
    }),
    issue(authority, {
      subject: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
      usages: ['client'],
      validDays,
      nowMs,
    }),
  ]);
  const server: HttpsServer = await createHttpsServer({
    handler: answering(handler),
    listen: [{ host: '127.0.0.1', port }],
    tls: { cert: serving.certificatePem, key: serving.privateKeyPem, clientCa: authority.certificatePem },
    logger,
  });
  const url = `https://127.0.0.1:${server.addresses[0]?.port}`;
  return {
    url,
    kubeconfig: kubeconfig({
      clusterName: 'from-code',
      userName: 'kubernetes-admin',
      server: url,
      caPem: authority.certificatePem,
      credentials: admin,
    }),
    close: () => server.close(0),
  };
}

/** Where no member runs there is still this address: it says so. */
function answering(handler: HttpHandler): HttpHandler {
  return async (request, peer) => {
    try {
      return await handler(request, peer);
    } catch (error) {
      const status = {
        apiVersion: 'v1',
        kind: 'Status',
        metadata: {},
        status: 'Failure',
        reason: 'ServiceUnavailable',
        code: 503,
        message: messageOf(error),
      };
      return { status: 503, headers: { 'content-type': 'application/json' }, body: utf8(JSON.stringify(status)) };
    }
  };
}
