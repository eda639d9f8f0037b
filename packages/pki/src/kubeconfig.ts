import { toBase64, utf8 } from '@trireme/base';

export interface KubeconfigOptions {
  /** Names the cluster, the context and the user in the file. */
  readonly clusterName: string;
  readonly userName: string;
  /** 'https://host:port'. */
  readonly server: string;
  readonly caPem: string;
  readonly credentials:
    | { readonly certificatePem: string; readonly privateKeyPem: string }
    | { readonly token: string };
}

/** A kubeconfig with everything embedded, as one file to hand over. It is JSON, which is YAML too. */
export function kubeconfig(options: KubeconfigOptions): string {
  const base64 = (text: string): string => toBase64(utf8(text));
  const { credentials } = options;
  const user =
    'token' in credentials
      ? { token: credentials.token }
      : {
          'client-certificate-data': base64(credentials.certificatePem),
          'client-key-data': base64(credentials.privateKeyPem),
        };
  const context = { cluster: options.clusterName, user: options.userName };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: options.clusterName,
        cluster: { server: options.server, 'certificate-authority-data': base64(options.caPem) },
      },
    ],
    users: [{ name: options.userName, user }],
    contexts: [{ name: options.clusterName, context }],
    'current-context': options.clusterName,
    preferences: {},
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
