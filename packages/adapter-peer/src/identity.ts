import type { PeerCertificate } from 'node:tls';

/** PEM texts. The certificate's common name is `member-<id>`, and it serves for both ends of a connection. */
export interface PeerTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The member that a verified certificate proves; undefined where it is no member's. */
export function memberOf(certificate: Pick<PeerCertificate, 'subject'> | undefined): bigint | undefined {
  const name: unknown = certificate?.subject?.CN;
  const match = typeof name === 'string' ? /^member-([1-9][0-9]{0,18})$/.exec(name) : null;
  return match?.[1] === undefined ? undefined : BigInt(match[1]);
}
