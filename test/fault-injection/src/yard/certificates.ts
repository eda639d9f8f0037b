import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EtcdClientTls } from '@trireme/etcd-api';
import { type Authority, createAuthority, issue } from '@trireme/pki';

export interface Certificates {
  readonly client: EtcdClientTls;
  /** The flags with which a member serves clients and speaks to others. */
  flagsOf(name: string, address: string): Promise<readonly string[]>;
}

export async function createCertificates(folder: string): Promise<Certificates> {
  const nowMs = Date.now();
  const make = (name: string): Promise<Authority> =>
    createAuthority({ subject: { commonName: name }, validDays: 1, nowMs });
  const clientAuthority = await make('fault injection clients');
  const peerAuthority = await make('fault injection members');
  const save = (name: string, pem: string): string => {
    const file = join(folder, name);
    writeFileSync(file, pem, { mode: 0o600 });
    return file;
  };
  const clientCa = save('client-ca.crt', clientAuthority.certificatePem);
  const peerCa = save('peer-ca.crt', peerAuthority.certificatePem);
  const client = await issue(clientAuthority, {
    subject: { commonName: 'client' },
    usages: ['client'],
    validDays: 1,
    nowMs,
  });
  return {
    client: { ca: clientAuthority.certificatePem, cert: client.certificatePem, key: client.privateKeyPem },
    async flagsOf(name, address) {
      const options = {
        subject: { commonName: name },
        usages: ['server', 'client'],
        names: { dns: ['localhost'], ips: [address, '127.0.0.1'] },
        validDays: 1,
        nowMs,
      } as const;
      const serving = await issue(clientAuthority, options);
      const peer = await issue(peerAuthority, options);
      return [
        ...['--cert-file', save(`${name}.crt`, serving.certificatePem)],
        ...['--key-file', save(`${name}.key`, serving.privateKeyPem)],
        ...['--client-cert-auth', '--trusted-ca-file', clientCa],
        ...['--peer-cert-file', save(`${name}-peer.crt`, peer.certificatePem)],
        ...['--peer-key-file', save(`${name}-peer.key`, peer.privateKeyPem)],
        ...['--peer-client-cert-auth', '--peer-trusted-ca-file', peerCa],
      ];
    },
  };
}
