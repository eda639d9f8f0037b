import { concatBytes } from '@trireme/base';

/** Cuts a stream into messages, each of which comes after its length in two bytes (RFC 1035 section 4.2.2). */
export interface FrameReader {
  push(chunk: Uint8Array): readonly Uint8Array[];
}

export function createFrameReader(): FrameReader {
  let rest: Uint8Array = new Uint8Array(0);
  return {
    push(chunk) {
      rest = rest.length === 0 ? chunk : concatBytes([rest, chunk]);
      const messages: Uint8Array[] = [];
      for (;;) {
        const [high, low] = rest;
        if (high === undefined || low === undefined) return messages;
        const end = 2 + high * 256 + low;
        if (rest.length < end) return messages;
        messages.push(rest.subarray(2, end));
        rest = rest.subarray(end);
      }
    },
  };
}

export function frameOf(message: Uint8Array): Uint8Array {
  return concatBytes([new Uint8Array([message.length >> 8, message.length & 255]), message]);
}
