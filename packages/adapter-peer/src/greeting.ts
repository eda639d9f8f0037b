import { fromUtf8, utf8 } from '@trireme/base';

/** How members know each other where their certificates do not say who they are: each connection begins with a greeting. */
export interface PeerGreeting {
  /** Who greets another cluster is not heard. */
  readonly cluster: bigint;
  /** Answers who connects only to ask; see `askPeer`. Undefined refuses. */
  answer?(question: string): Promise<string | undefined>;
}

/** The first frame of a connection: who speaks from now on, or a question with one answer. */
export type Opening =
  | { readonly type: 'greeting'; readonly cluster: bigint; readonly from: bigint; readonly to: bigint }
  | { readonly type: 'question'; readonly question: string };

export function encodeOpening(opening: Opening): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(opening, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return utf8(`trireme-peer/1 ${text}`);
}

/** Undefined for what is neither. */
export function decodeOpening(frame: Uint8Array): Opening | undefined {
  try {
    const match = /^trireme-peer\/1 (.*)$/s.exec(fromUtf8(frame));
    const { type, cluster, from, to, question } = JSON.parse(match?.[1] ?? '{}') as Partial<Record<string, string>>;
    if (type === 'question' && question !== undefined) return { type, question };
    if (type !== 'greeting' || !cluster || !from || !to) return undefined;
    return { type, cluster: BigInt(cluster), from: BigInt(from), to: BigInt(to) };
  } catch {
    return undefined;
  }
}
