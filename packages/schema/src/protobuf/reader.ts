import { type Bytes, fromUtf8 } from '@trireme/base';
import { ProtobufError } from './protobuf-error.ts';

/** Up to this many bytes, building the string by hand is faster than the decoder's fixed cost. */
const shortText = 24;

/** Reads a message front to back. `end` is where the current message stops; nested ones move it in and out. */
export class Reader {
  at = 0;
  end: number;
  private readonly buffer: Bytes;
  private depth = 0;

  constructor(buffer: Bytes) {
    this.buffer = buffer;
    this.end = buffer.length;
  }

  /** A field's number and wire type in one. */
  tag(): number {
    const byte = this.at < this.end ? (this.buffer[this.at] as number) : 128;
    if (byte > 127) return this.varint64();
    this.at++;
    return byte;
  }

  int32(): number {
    return this.varint64() | 0;
  }

  /** A signed 64-bit integer. Beyond 2^53 it is rounded, as JSON in JavaScript would. */
  varint64(): number {
    let value = 0;
    let factor = 1;
    for (let size = 0; size < 7; size++) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    return this.longVarint(value);
  }

  private longVarint(low: number): number {
    let value = BigInt(low);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw new ProtobufError('proto: integer overflow');
  }

  double(): number {
    const eight = this.take(8);
    return new DataView(eight.buffer, eight.byteOffset, 8).getFloat64(0, true);
  }

  /** A length and that many bytes, not copied. */
  bytes(): Bytes {
    return this.take(this.length());
  }

  text(): string {
    const length = this.length();
    if (length > shortText) return fromUtf8(this.take(length));
    let text = '';
    for (let i = this.at; i < this.at + length; i++) {
      const code = this.buffer[i] as number;
      if (code > 127) return fromUtf8(this.take(length));
      text += String.fromCharCode(code);
    }
    this.at += length;
    return text;
  }

  /** Reads a length and runs `read` within that many bytes. */
  nested<T>(read: (reader: Reader) => T): T {
    const length = this.length();
    const outerEnd = this.end;
    this.end = this.at + length;
    if (++this.depth > 1000) throw new ProtobufError('proto: exceeded max depth');
    const result = read(this);
    this.depth--;
    this.at = this.end;
    this.end = outerEnd;
    return result;
  }

  skip(wireType: number): void {
    if (wireType === 0) while (this.byte() > 127);
    else if (wireType === 1) this.take(8);
    else if (wireType === 2) this.bytes();
    else if (wireType === 5) this.take(4);
    else throw new ProtobufError(`proto: illegal wireType ${wireType}`);
  }

  private length(): number {
    const length = this.tag();
    if (length < 0) throw new ProtobufError('proto: negative length found during unmarshaling');
    if (this.at + length > this.end) throw new ProtobufError('unexpected EOF');
    return length;
  }

  private take(sizeBytes: number): Bytes {
    if (this.at + sizeBytes > this.end) throw new ProtobufError('unexpected EOF');
    this.at += sizeBytes;
    return this.buffer.subarray(this.at - sizeBytes, this.at);
  }

  private byte(): number {
    if (this.at >= this.end) throw new ProtobufError('unexpected EOF');
    return this.buffer[this.at++] as number;
  }
}
