import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Peer } from '@trireme/ports';

const peers = new WeakMap<object, Peer>();

/** Who the connection proves the other end to be. Worked out once per connection. */
export function peerOfSocket(socket: Socket): Peer {
  const known = peers.get(socket);
  if (known) return known;
  const peer: Peer = { address: formatAddress(socket), ...certificateOf(socket) };
  peers.set(socket, peer);
  return peer;
}

function formatAddress(socket: Socket): string {
  const address = socket.remoteAddress ?? '';
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  return plain.includes(':') ? `[${plain}]:${socket.remotePort ?? 0}` : `${plain}:${socket.remotePort ?? 0}`;
}

function certificateOf(socket: Socket): Pick<Peer, 'certificate' | 'certificateError'> {
  if (!(socket instanceof TLSSocket)) return {};
  const shown = socket.getPeerCertificate();
  if (!shown || Object.keys(shown).length === 0) return {};
  if (!socket.authorized) {
    const reason: unknown = socket.authorizationError;
    return { certificateError: reason instanceof Error ? reason.message : String(reason ?? 'not verified') };
  }
  const certificate = {
    commonName: first(shown.subject.CN),
    organizations: all(shown.subject.O),
    fingerprint: shown.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
  return { certificate };
}

function all(value: string | string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function first(value: string | string[] | undefined): string {
  return all(value)[0] ?? '';
}
