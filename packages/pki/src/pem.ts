import { CodedError } from '@trireme/base';

export type PemLabel = 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PUBLIC KEY';

export function toPem(der: ArrayBuffer, label: PemLabel): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The bytes of the first block with this label. */
export function fromPem(pem: string, label: PemLabel): ArrayBuffer {
  const match = new RegExp(`-----BEGIN ${label}-----([^-]+)-----END ${label}-----`).exec(pem);
  if (!match?.[1])
    throw new CodedError('invalid-pem', `read ${label.toLowerCase()}: no PEM block "${label}" in the text`);
  return new Uint8Array(Buffer.from(match[1], 'base64')).buffer;
}
