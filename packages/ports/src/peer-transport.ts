import type { Bytes } from '@trireme/base';

/**
 * Messages between the members of a store. `send` never waits and may lose, delay, duplicate or reorder: consensus is
 * built for that. In production mutual TLS has proven who the peer is before `onMessage` is called with its id.
 */
export interface PeerTransport {
  send(to: bigint, message: Bytes): void;
  /** One handler; a later call replaces it. */
  onMessage(handler: (from: bigint, message: Bytes) => void): void;
  /**
   * The connection from a peer broke, as it does when its process dies: a hint, which may be wrong or never come. One
   * handler; a later call replaces it. Transports without connections do not have it.
   */
  onDisconnect?(handler: (from: bigint) => void): void;
  /** Tells where members are; called at start and when the membership changes. */
  setPeers(peers: readonly PeerAddress[]): void;
  close(): Promise<void>;
}

export interface PeerAddress {
  readonly id: bigint;
  /** 'https://host:port'. */
  readonly url: string;
  /** Others of its addresses, tried in turn where one does not lead there. */
  readonly moreUrls?: readonly string[] | undefined;
}
