import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AlternativeNames, Authority, Issued, IssueOptions } from '@trireme/pki';

/** How long issued certificates live, and how early they are renewed at a start. */
export const certificateDays = 365;
const renewBeforeMs = 30 * 86_400_000;

/**
 * A certificate kept in `directory` as NAME.crt and NAME.key: issued when it is missing, near its end, by another
 * authority, or not for all the names now wanted.
 */
export async function keptCertificate(
  directory: string,
  name: string,
  authority: Authority,
  options: Omit<IssueOptions, 'validDays'>,
): Promise<Issued> {
  const [certificateFile, keyFile] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  if (existsSync(certificateFile) && existsSync(keyFile)) {
    const kept = {
      certificatePem: readFileSync(certificateFile, 'utf8'),
      privateKeyPem: readFileSync(keyFile, 'utf8'),
    };
    if (stillGood(kept.certificatePem, authority, options)) return kept;
  }
  // Loaded only now: most starts find what they need, and the library is large.
  const { issue } = await import('@trireme/pki');
  const issued = await issue(authority, { ...options, validDays: certificateDays });
  writeCertificate(directory, name, issued);
  return issued;
}

export function writeCertificate(directory: string, name: string, issued: Issued): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  writeWhole(join(directory, `${name}.key`), issued.privateKeyPem, 0o600);
  writeWhole(join(directory, `${name}.crt`), issued.certificatePem, 0o644);
}

/** The file holds the old or the new text, never a part. */
export function writeWhole(file: string, text: string, mode: number): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, text, { mode });
  renameSync(unfinished, file);
}

function stillGood(certificatePem: string, authority: Authority, options: Omit<IssueOptions, 'validDays'>): boolean {
  try {
    const byThisAuthority = new X509Certificate(certificatePem).verify(
      new X509Certificate(authority.certificatePem).publicKey,
    );
    return byThisAuthority && certificateServes(certificatePem, options.names ?? {}, options.nowMs);
  } catch {
    return false;
  }
}

/** True where a certificate is for all these names and not near its end. */
export function certificateServes(certificatePem: string, names: AlternativeNames, nowMs: number): boolean {
  const certificate = new X509Certificate(certificatePem);
  return (
    new Date(certificate.validTo).getTime() - nowMs > renewBeforeMs &&
    (names.dns ?? []).every((dns) => certificate.checkHost(dns, { subject: 'never' }) !== undefined) &&
    (names.ips ?? []).every((ip) => certificate.checkIP(ip) !== undefined)
  );
}
