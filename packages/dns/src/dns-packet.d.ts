/** The part of dns-packet that is used. It comes without types of its own. */
declare module 'dns-packet' {
  interface Question {
    readonly name: string;
    readonly type: string;
    readonly class: string;
  }

  /** Of the pseudo record OPT (RFC 6891) the fields that servers look at; other records have `name`, `ttl` and `data`. */
  interface DecodedRecord {
    readonly name: string;
    readonly type: string;
    readonly ttl?: number;
    readonly data?: unknown;
    readonly udpPayloadSize?: number;
    readonly ednsVersion?: number;
  }

  interface Packet {
    readonly questions: readonly Question[];
    readonly answers: readonly DecodedRecord[];
    readonly additionals: readonly DecodedRecord[];
  }

  interface Encodable {
    readonly name: string;
    readonly type: string;
    readonly ttl?: number;
    readonly data?: unknown;
    readonly udpPayloadSize?: number;
    readonly extendedRcode?: number;
  }

  export function decode(message: Uint8Array): Packet;
  export function encode(packet: {
    readonly id: number;
    readonly flags: number;
    readonly questions: readonly Question[];
  }): Uint8Array;
  export const answer: { encode(record: Encodable): Uint8Array };
  export const name: { encodingLength(name: string): number };
}
