import { createHash, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority, KeyPair } from '@trireme/pki';
import type { Random } from '@trireme/ports';
import type { ClusterSpec } from '../cluster-spec.ts';
import type { Home } from '../home.ts';

/** What every member of a cluster holds in common: with it, it can sign certificates and service account tokens. */
export interface ClusterSecrets {
  /** Signs the API's serving certificates and all client certificates. */
  readonly ca: Authority;
  /** Signs only what members show each other, so that no API client can pass for a member. */
  readonly peerCa: Authority;
  readonly serviceAccountKey: KeyPair;
  /** The secret part of the token that a server joins with, and of the one for agents. */
  readonly serverSecret: string;
  readonly agentSecret: string;
}

const authorityDays = 3650;
const fileName = 'cluster-secrets.json';

export async function createSecrets(clusterName: string, random: Random, nowMs: number): Promise<ClusterSecrets> {
  const { createAuthority, generateKeyPair } = await import('@trireme/pki');
  const authority = (commonName: string): Promise<Authority> =>
    createAuthority({ subject: { commonName }, validDays: authorityDays, nowMs });
  const [ca, peerCa, serviceAccountKey] = await Promise.all([
    authority(`${clusterName} ca`),
    authority(`${clusterName} peer ca`),
    generateKeyPair('rsa'),
  ]);
  return { ca, peerCa, serviceAccountKey, serverSecret: secret(random), agentSecret: secret(random) };
}

export function readSecrets(directory: string): ClusterSecrets | undefined {
  const file = join(directory, fileName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ClusterSecrets) : undefined;
}

/** Those of a cluster that was raised on this machine: each of its members has them, and one may have lost its folder. */
export function readClusterSecrets(home: Home, spec: ClusterSpec): ClusterSecrets | undefined {
  return spec.members.map(({ ordinal }) => readSecrets(join(home.memberDirectory(ordinal), 'pki'))).find(Boolean);
}

/** Only the owner may read it: whoever has it is the cluster. */
export function writeSecrets(directory: string, secrets: ClusterSecrets): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const file = join(directory, fileName);
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  renameSync(unfinished, file);
}

/** The fingerprint of the authority that a token carries, so that a joining machine knows the cluster before it trusts it. */
export function authorityHash(certificatePem: string): string {
  return createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('hex');
}

function secret(random: Random): string {
  return Buffer.from(random.bytes(24)).toString('base64url');
}
