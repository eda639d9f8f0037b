/**
 * The port `PeerTransport` over mutual TLS.
 *
 * A member's certificate has the common name `member-<id>` (the id in decimal), is signed by the members' CA and is good
 * for both ends of a connection. Where certificates do not name members, or there are none, members greet each other.
 *
 * @example
 * import { createTlsPeerTransport } from '@trireme/adapter-peer';
 *
 * const transport = await createTlsPeerTransport({
 *   id: 1n,
 *   listen: { host: '10.0.0.1', port: 2380 },
 *   tls: { ca, cert, key },
 *   logger,
 *   time,
 * });
 * transport.setPeers([{ id: 2n, url: 'https://10.0.0.2:2380' }]);
 * transport.onMessage((from, message) => console.log(from, message.length));
 * transport.send(2n, new Uint8Array([1]));
 */
export { askPeer } from './ask-peer.ts';
export type { PeerGreeting } from './greeting.ts';
export type { PeerTls } from './identity.ts';
export { createTlsPeerTransport, type TlsPeerTransport, type TlsPeerTransportOptions } from './tls-peer-transport.ts';
