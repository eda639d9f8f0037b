import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
} from '@peculiar/asn1-x509';
import { invariant } from '@trireme/base';
import { generateKeyPair, publicKeyOf } from './keys.ts';
import { fromPem, toPem } from './pem.ts';
import { type AlternativeNames, generalNames, nameOf, type Subject } from './subject.ts';

/** A certificate authority: what it signs with. The key never leaves the members. */
export interface Authority {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface Issued {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface IssueOptions {
  readonly subject: Subject;
  readonly usages: readonly ('server' | 'client')[];
  readonly names?: AlternativeNames;
  readonly validDays: number;
  /** Milliseconds since the epoch. The certificate is valid from five minutes before, for clocks that lag. */
  readonly nowMs: number;
}

const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
const dayMs = 86_400_000;
const clockSlackMs = 300_000;

/** A self-signed authority with a P-256 key. */
export async function createAuthority(
  options: Pick<IssueOptions, 'subject' | 'validDays' | 'nowMs'>,
): Promise<Authority> {
  const keys = await generateKeyPair('ec');
  const certificatePem = signCertificate({
    ...options,
    publicKeyPem: keys.publicKeyPem,
    issuer: options.subject,
    issuerKeyPem: keys.privateKeyPem,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true),
      extension(
        id_ce_keyUsage,
        new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature),
        true,
      ),
    ],
  });
  return { certificatePem, privateKeyPem: keys.privateKeyPem };
}

/** Makes a key and a certificate for it. */
export async function issue(authority: Authority, options: IssueOptions): Promise<Issued> {
  const keys = await generateKeyPair('ec');
  return { certificatePem: certify(authority, keys.publicKeyPem, options), privateKeyPem: keys.privateKeyPem };
}

/** Signs a certificate for a public key that somebody else holds the private half of. */
export function certify(authority: Authority, publicKeyPem: string, options: IssueOptions): string {
  const issuer = AsnConvert.parse(fromPem(authority.certificatePem, 'CERTIFICATE'), Certificate).tbsCertificate;
  const usages = options.usages.map((usage) => (usage === 'server' ? id_kp_serverAuth : id_kp_clientAuth));
  const names = generalNames(options.names ?? {});
  return signCertificate({
    ...options,
    publicKeyPem,
    issuerName: issuer.subject,
    issuerKeyPem: authority.privateKeyPem,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment), true),
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage(usages)),
      ...(names.length > 0 ? [extension(id_ce_subjectAltName, new SubjectAlternativeName(names))] : []),
    ],
  });
}

interface SigningInput {
  readonly subject: Subject;
  readonly publicKeyPem: string;
  readonly issuer?: Subject;
  readonly issuerName?: TBSCertificate['issuer'];
  readonly issuerKeyPem: string;
  readonly extensions: readonly Extension[];
  readonly validDays: number;
  readonly nowMs: number;
}

function signCertificate(input: SigningInput): string {
  const issuerName = input.issuerName ?? (input.issuer && nameOf(input.issuer));
  invariant(issuerName, 'a certificate needs an issuer');
  const subjectKey = AsnConvert.parse(fromPem(input.publicKeyPem, 'PUBLIC KEY'), SubjectPublicKeyInfo);
  const issuerKey = AsnConvert.parse(fromPem(publicKeyOf(input.issuerKeyPem), 'PUBLIC KEY'), SubjectPublicKeyInfo);
  const algorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
  const tbs = new TBSCertificate({
    version: 2,
    serialNumber: serialNumber(),
    signature: algorithm,
    issuer: issuerName,
    validity: new Validity({
      notBefore: wholeSeconds(input.nowMs - clockSlackMs),
      notAfter: wholeSeconds(input.nowMs + input.validDays * dayMs),
    }),
    subject: nameOf(input.subject),
    subjectPublicKeyInfo: subjectKey,
    extensions: new Extensions([
      ...input.extensions,
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifier(subjectKey))),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdentifier(issuerKey)) }),
      ),
    ]),
  });
  const key: KeyObject = createPrivateKey(input.issuerKeyPem);
  invariant(createPublicKey(key).asymmetricKeyType === 'ec', 'authorities sign with P-256 keys');
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(tbs)), key);
  const certificate = new Certificate({
    tbsCertificate: tbs,
    signatureAlgorithm: algorithm,
    signatureValue: bufferOf(signature),
  });
  return toPem(AsnConvert.serialize(certificate), 'CERTIFICATE');
}

function extension(id: string, value: object, critical = false): Extension {
  return new Extension({ extnID: id, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function keyIdentifier(key: SubjectPublicKeyInfo): ArrayBuffer {
  return bufferOf(createHash('sha1').update(Buffer.from(key.subjectPublicKey)).digest());
}

/** Positive and 127 bits, as public authorities do: unique without a register. */
function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bufferOf(bytes);
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}
