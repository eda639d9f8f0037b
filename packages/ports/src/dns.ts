export type DnsTransport = 'udp' | 'tcp';

/** Answers one DNS message (RFC 1035) with one, both without TCP's length in front. Never rejects; an empty answer means: say nothing. */
export type DnsAnswer = (message: Uint8Array, transport: DnsTransport) => Promise<Uint8Array>;

/** Other DNS servers, asked for names that are not the cluster's. */
export interface DnsForwarder {
  /** The upstream's answer as it came, its id the message's. Rejects when no upstream answered in time. */
  forward(message: Uint8Array, transport: DnsTransport): Promise<Uint8Array>;
}
