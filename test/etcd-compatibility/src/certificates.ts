import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, issue } from '@trireme/pki';

/** Paths of PEM files, and what is in them. */
export interface CertificateFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly pem: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** An authority with one certificate that is good on loopback, for both ends of a connection. */
export async function createCertificates(directory: string, name: string): Promise<CertificateFiles> {
  const nowMs = Date.now();
  const authority = await createAuthority({ subject: { commonName: `${name} authority` }, validDays: 1, nowMs });
  const { certificatePem, privateKeyPem } = await issue(authority, {
    subject: { commonName: name },
    usages: ['server', 'client'],
    names: { dns: ['localhost'], ips: ['127.0.0.1'] },
    validDays: 1,
    nowMs,
  });
  mkdirSync(directory, { recursive: true });
  const write = (ending: string, text: string): string => {
    const file = join(directory, `${name}.${ending}`);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const pem = { ca: authority.certificatePem, cert: certificatePem, key: privateKeyPem };
  return { ca: write('ca.crt', pem.ca), cert: write('crt', pem.cert), key: write('key', pem.key), pem };
}
