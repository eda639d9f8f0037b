import { type Bytes, utf8 } from '@trireme/base';

/**
 * Writes a message from its end to its start, as upstream does: when the length of a nested message has to be written,
 * its bytes are already there, so nothing is measured first and nothing is copied.
 */
export class ReverseWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  /** Where the last written byte stands; the free room is before it. */
  private at: number;

  constructor(sizeBytes = 16 * 1024) {
    this.buffer = new Uint8Array(sizeBytes);
    this.at = sizeBytes;
  }

  /** Bytes written so far: the difference of two of these is the size of what was written between. */
  get size(): number {
    return this.buffer.length - this.at;
  }

  /** A copy of all that was written, and a fresh start. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = this.buffer.slice(this.at);
    this.reset();
    return bytes;
  }

  reset(): void {
    this.at = this.buffer.length;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[--this.at] = value;
  }

  bytes(value: Bytes): void {
    this.reserve(value.length);
    this.at -= value.length;
    this.buffer.set(value, this.at);
  }

  /** A number of 32 bits or fewer, unsigned. */
  varint32(value: number): void {
    this.reserve(5);
    let size = 1;
    for (let rest = value >>> 7; rest > 0; rest >>>= 7) size++;
    this.at -= size;
    let rest = value >>> 0;
    for (let i = this.at; ; i++) {
      if (rest < 128) {
        this.buffer[i] = rest;
        return;
      }
      this.buffer[i] = (rest & 127) | 128;
      rest >>>= 7;
    }
  }

  /** A signed integer; negative ones take ten bytes. */
  varint64(value: number): void {
    if (value >= 0 && value <= 0xffffffff) {
      this.varint32(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    const parts: number[] = [];
    while (rest > 127n) {
      parts.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    parts.push(Number(rest));
    this.bytes(Uint8Array.from(parts));
  }

  double(value: number): void {
    const eight = new Uint8Array(8);
    new DataView(eight.buffer).setFloat64(0, value, true);
    this.bytes(eight);
  }

  /** UTF-8 without its length. Almost all texts of the API are ASCII, so they are tried as that first. */
  text(value: string): void {
    const length = value.length;
    this.reserve(length);
    const start = this.at - length;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        this.bytes(utf8(value));
        return;
      }
      this.buffer[start + i] = code;
    }
    this.at = start;
  }

  private reserve(sizeBytes: number): void {
    if (this.at >= sizeBytes) return;
    const used = this.size;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, used + sizeBytes + 1024));
    larger.set(this.buffer.subarray(this.at), larger.length - used);
    this.buffer = larger;
    this.at = larger.length - used;
  }
}
