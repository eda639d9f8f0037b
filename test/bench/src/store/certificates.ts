import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, type Issued, issue } from '@trireme/pki';

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** The certificates of a cluster whose members are on loopback, as files. */
export interface ClusterCertificates {
  readonly caFile: string;
  readonly client: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Of each member: for its clients, and for other members. */
  readonly members: readonly { readonly serving: CertificateFiles; readonly peer: CertificateFiles }[];
}

/** One authority, P-256 keys, and the same for every contender. */
export async function makeCertificates(
  folder: string,
  memberCount: number,
  nowMs: number,
): Promise<ClusterCertificates> {
  const ca = await createAuthority({ subject: { commonName: 'bench' }, validDays: 30, nowMs });
  const caFile = join(folder, 'ca.crt');
  await writeFile(caFile, ca.certificatePem);
  const make = (commonName: string): Promise<Issued> =>
    issue(ca, {
      subject: { commonName },
      // etcd's gateway calls its own member with the serving certificate.
      usages: ['server', 'client'],
      names: { dns: ['localhost'], ips: ['127.0.0.1'] },
      validDays: 30,
      nowMs,
    });
  const save = async (name: string, issued: Issued): Promise<CertificateFiles> => {
    const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
    await writeFile(files.cert, issued.certificatePem);
    await writeFile(files.key, issued.privateKeyPem, { mode: 0o600 });
    return files;
  };
  const members: { serving: CertificateFiles; peer: CertificateFiles }[] = [];
  for (let number = 1; number <= memberCount; number++)
    members.push({
      serving: await save(`serving-${number}`, await make('bench')),
      // The name by which our members know each other; etcd takes any.
      peer: await save(`peer-${number}`, await make(`member-${number}`)),
    });
  const client = await make('bench-client');
  return {
    caFile,
    client: { ca: ca.certificatePem, cert: client.certificatePem, key: client.privateKeyPem },
    members,
  };
}
