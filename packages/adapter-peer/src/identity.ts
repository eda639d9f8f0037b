import { isIP, connect as plainConnect, type Socket } from 'node:net';
import { type PeerCertificate, connect as tlsConnect } from 'node:tls';

/**
 * PEM texts. Without a greeting the certificate's common name is `member-<id>`, and `ca` is needed. With one, `ca` has to
 * have signed what a peer shows, and where it is absent nothing is asked of who connects.
 */
export interface PeerTls {
  readonly ca?: string | undefined;
  readonly cert: string;
  readonly key: string;
  /** Takes any certificate: for keys that members made for themselves, against who only listens. */
  readonly trustAnyServer?: boolean | undefined;
}

/** The member that a verified certificate proves; undefined where it is no member's. */
export function memberOf(certificate: Pick<PeerCertificate, 'subject'> | undefined): bigint | undefined {
  const name: unknown = certificate?.subject?.CN;
  const match = typeof name === 'string' ? /^member-([1-9][0-9]{0,18})$/.exec(name) : null;
  return match?.[1] === undefined ? undefined : BigInt(match[1]);
}

/** Begins to connect. `onReady` is called once the other end has proven what it has to prove. */
export function connectToPeer(
  url: string,
  tls: PeerTls | undefined,
  /** The member whose certificate it must show; undefined where certificates name hosts. */
  id: bigint | undefined,
  onReady: () => void,
): Socket {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (protocol !== 'https:') return plainConnect({ host, port: Number(port) }, onReady);
  const byName = isIP(host) === 0 ? { servername: host } : {};
  const common = {
    host,
    port: Number(port),
    ca: tls?.ca,
    cert: tls?.cert,
    key: tls?.key,
    minVersion: 'TLSv1.3',
  } as const;
  if (id === undefined) return tlsConnect({ ...common, ...byName, rejectUnauthorized: !tls?.trustAnyServer }, onReady);
  return tlsConnect(
    {
      ...common,
      servername: `member-${id}`,
      // A member is known by the id in its certificate, wherever it listens.
      checkServerIdentity: (_, certificate) =>
        memberOf(certificate) === id
          ? undefined
          : new Error(`the certificate is not that of member ${id}; look at the addresses of the members`),
    },
    onReady,
  );
}
