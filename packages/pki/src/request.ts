import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { Attributes, CertificationRequest, CertificationRequestInfo } from '@peculiar/asn1-csr';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  Attribute,
  Extension,
  Extensions,
  id_ce_subjectAltName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509';
import { CodedError } from '@trireme/base';
import { publicKeyOf } from './keys.ts';
import { fromPem, toPem } from './pem.ts';
import { type AlternativeNames, alternativeNamesOf, generalNames, nameOf, type Subject, subjectOf } from './subject.ts';

const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
const extensionRequestOid = '1.2.840.113549.1.9.14';

/** A signing request (PKCS #10) as its maker asks for it. The authority decides what of it to grant. */
export interface SigningRequest {
  readonly subject: Subject;
  readonly names: AlternativeNames;
  readonly publicKeyPem: string;
}

export function createSigningRequest(privateKeyPem: string, subject: Subject, names: AlternativeNames = {}): string {
  const san = new Extension({
    extnID: id_ce_subjectAltName,
    extnValue: new OctetString(AsnConvert.serialize(new SubjectAlternativeName(generalNames(names)))),
  });
  const asked = new Attribute({
    type: extensionRequestOid,
    values: [AsnConvert.serialize(new Extensions([san]))],
  });
  const hasNames = (names.dns?.length ?? 0) + (names.ips?.length ?? 0) > 0;
  const info = new CertificationRequestInfo({
    subject: nameOf(subject),
    subjectPKInfo: AsnConvert.parse(fromPem(publicKeyOf(privateKeyPem), 'PUBLIC KEY'), SubjectPublicKeyInfo),
    attributes: new Attributes(hasNames ? [asked] : []),
  });
  const signature = sign('sha256', Buffer.from(AsnConvert.serialize(info)), createPrivateKey(privateKeyPem));
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 }),
    signature: new Uint8Array(signature).buffer,
  });
  return toPem(AsnConvert.serialize(request), 'CERTIFICATE REQUEST');
}

/** Reads a request and checks that its maker holds the private key. Throws 'invalid-request'. */
export function readSigningRequest(pem: string): SigningRequest {
  const request = parse(pem);
  const info = request.certificationRequestInfo;
  const publicKeyPem = toPem(AsnConvert.serialize(info.subjectPKInfo), 'PUBLIC KEY');
  const signed = Buffer.from(request.certificationRequestInfoRaw ?? AsnConvert.serialize(info));
  if (!verify('sha256', signed, createPublicKey(publicKeyPem), Buffer.from(request.signature))) {
    throw new CodedError('invalid-request', 'read signing request: its signature does not match its public key');
  }
  return { subject: subjectOf(info.subject), names: askedNames(info), publicKeyPem };
}

function parse(pem: string): CertificationRequest {
  try {
    return AsnConvert.parse(fromPem(pem, 'CERTIFICATE REQUEST'), CertificationRequest);
  } catch (cause) {
    throw new CodedError('invalid-request', 'read signing request: this is not a PEM encoded PKCS #10 request', {
      cause,
    });
  }
}

function askedNames(info: CertificationRequestInfo): AlternativeNames {
  for (const attribute of info.attributes) {
    if (attribute.type !== extensionRequestOid || !attribute.values[0]) continue;
    for (const extension of AsnConvert.parse(attribute.values[0], Extensions)) {
      if (extension.extnID !== id_ce_subjectAltName) continue;
      return alternativeNamesOf(AsnConvert.parse(extension.extnValue.buffer, SubjectAlternativeName));
    }
  }
  return {};
}
