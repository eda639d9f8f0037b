import { existsSync, readFileSync } from 'node:fs';
import { createHttpsTransport } from '@trireme/adapter-http';
import { CodedError, fromBase64, fromUtf8, invariant } from '@trireme/base';
import { type HttpTransport, readBody } from '@trireme/ports';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
}

/** The administrator's way to the cluster, or to one member of it (`endpoint`), as its kubeconfig says. */
export function adminTransport(kubeconfigFile: string, endpoint?: string): HttpTransport {
  if (!existsSync(kubeconfigFile)) {
    throw new CodedError(
      'no-kubeconfig',
      `read ${kubeconfigFile}: it is not there yet. Raise the cluster with: ./trireme up`,
    );
  }
  const config = JSON.parse(readFileSync(kubeconfigFile, 'utf8')) as Kubeconfig;
  const [cluster, user] = [config.clusters[0]?.cluster, config.users[0]?.user];
  invariant(cluster && user, `${kubeconfigFile} names no cluster or no user`);
  const decode = (text: string): string => fromUtf8(fromBase64(text) ?? new Uint8Array());
  return createHttpsTransport({
    endpoints: [endpoint ?? cluster.server],
    tls: {
      ca: decode(cluster['certificate-authority-data']),
      cert: decode(user['client-certificate-data']),
      key: decode(user['client-key-data']),
    },
    connectTimeoutMs: 1000,
  });
}

/** GETs JSON; undefined where nothing answers within `timeoutMs` or the answer is an error. */
export async function getJson<T>(transport: HttpTransport, path: string, timeoutMs: number): Promise<T | undefined> {
  try {
    const response = await transport.request({
      method: 'GET',
      path,
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await readBody(response.body, 64 * 1024 * 1024);
    if (response.status !== 200 || !body) return undefined;
    return JSON.parse(fromUtf8(body)) as T;
  } catch {
    return undefined;
  }
}
