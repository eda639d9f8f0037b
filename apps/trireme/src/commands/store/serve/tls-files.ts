import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { PeerTls } from '@trireme/adapter-peer';
import { CodedError, messageOf } from '@trireme/base';
import type { EtcdServerTls } from '@trireme/etcd-api';
import { writeCertificate } from '../../../member/certificates.ts';
import type { TlsFiles } from './serve-options.ts';

interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** What clients are served with; undefined where no certificate is given. */
export async function clientTls(files: TlsFiles, dataDir: string, nowMs: number): Promise<EtcdServerTls | undefined> {
  const pair = await pairOf(files, '', join(dataDir, 'fixtures/client'), nowMs);
  // As in etcd: an authority of clients is only given where they have to show a certificate of it.
  return pair && { ...pair, clientCa: authority(files, '') };
}

/** What members speak to each other with. */
export async function peerTls(files: TlsFiles, dataDir: string, nowMs: number): Promise<PeerTls | undefined> {
  const pair = await pairOf(files, 'peer-', join(dataDir, 'fixtures/peer'), nowMs);
  return pair && { ...pair, ca: authority(files, 'peer-'), trustAnyServer: files.auto && !files.cert };
}

function authority({ ca, clientCertAuth }: TlsFiles, prefix: string): string | undefined {
  if (ca) return readPem(`${prefix}trusted-ca-file`, ca);
  if (!clientCertAuth) return undefined;
  throw new CodedError('bad-flag', `store serve: --${prefix}client-cert-auth needs --${prefix}trusted-ca-file.`);
}

async function pairOf(
  { cert, key, auto, ca }: TlsFiles,
  prefix: string,
  directory: string,
  nowMs: number,
): Promise<Pair | undefined> {
  if (cert && key) return { cert: readPem(`${prefix}cert-file`, cert), key: readPem(`${prefix}key-file`, key) };
  if (cert || key)
    throw new CodedError('bad-flag', `store serve: --${prefix}cert-file and --${prefix}key-file go together.`);
  if (auto) return ownPair(directory, nowMs);
  if (!ca) return undefined;
  throw new CodedError('bad-flag', `store serve: --${prefix}trusted-ca-file needs --${prefix}cert-file too.`);
}

/** A certificate that nobody else has signed, made once. */
async function ownPair(directory: string, nowMs: number): Promise<Pair> {
  const [certFile, keyFile] = [join(directory, 'own.crt'), join(directory, 'own.key')];
  if (!existsSync(certFile) || !existsSync(keyFile)) {
    const { createAuthority, issue } = await import('@trireme/pki');
    const maker = await createAuthority({ subject: { commonName: 'trireme store' }, validDays: 365, nowMs });
    const names = { dns: ['localhost', hostname().toLowerCase()], ips: ['127.0.0.1'] };
    const usages = ['server', 'client'] as const;
    const issued = await issue(maker, {
      subject: { commonName: 'trireme store' },
      usages,
      names,
      validDays: 365,
      nowMs,
    });
    writeCertificate(directory, 'own', issued);
  }
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CodedError('bad-flag', `store serve: --${flag}: ${messageOf(cause)}`, { cause });
  }
}
