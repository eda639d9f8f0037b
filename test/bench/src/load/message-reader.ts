import type { Call } from './connection.ts';

const prefixBytes = 5;

/** Finds gRPC's messages in what arrives of a call, in frames that need not be cut where messages are. */
export interface MessageReader {
  readonly call: Call;
  push(bytes: Buffer, start: number, end: number, nowMs: number): void;
}

export function createMessageReader(call: Call): MessageReader {
  return new Reader(call);
}

class Reader implements MessageReader {
  readonly call: Call;
  #kept: Buffer[] | undefined;
  #keptBytes = 0;
  /** How much has to be there before there is more to say; 0 where a message begins. */
  #neededBytes = 0;

  constructor(call: Call) {
    this.call = call;
  }

  push(bytes: Buffer, start: number, end: number, nowMs: number): void {
    if (this.#keptBytes === 0) {
      const at = this.#messages(bytes, start, end, nowMs);
      if (at < end) this.#keep(bytes, at, end);
      return;
    }
    this.#keep(bytes, start, end);
    if (this.#keptBytes < this.#neededBytes) return;
    const joined = Buffer.concat(this.#kept ?? []);
    this.#kept = undefined;
    this.#keptBytes = 0;
    const at = this.#messages(joined, 0, joined.length, nowMs);
    if (at < joined.length) this.#keep(joined, at, joined.length);
  }

  /** Hands on what is whole, and returns where the rest begins. */
  #messages(bytes: Buffer, start: number, end: number, nowMs: number): number {
    let at = start;
    while (end - at >= prefixBytes) {
      const next = at + prefixBytes + bytes.readUInt32BE(at + 1);
      this.#neededBytes = next - at;
      if (next > end) return at;
      if (bytes[at] !== 0) throw new Error('read an answer: it is compressed, which was not asked for');
      this.call.onMessage(bytes, at + prefixBytes, next, nowMs);
      at = next;
    }
    this.#neededBytes = prefixBytes;
    return at;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    this.#kept ??= [];
    this.#kept.push(Buffer.from(bytes.subarray(start, end)));
    this.#keptBytes += end - start;
  }
}
