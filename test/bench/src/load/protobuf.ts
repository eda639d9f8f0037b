/** As much of protobuf's encoding as the load needs: to build requests once, and to look into answers without decoding them. */

export function varintField(field: number, value: number): Buffer {
  return Buffer.from([...varint(field * 8), ...varint(value)]);
}

export function bytesField(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([...varint(field * 8 + 2), ...varint(value.length)]), value]);
}

function varint(value: number): number[] {
  const out: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) out.push((left % 128) + 128);
  out.push(left);
  return out;
}

/** Walks over the fields of a message that lies inside a buffer. */
export class FieldReader {
  #bytes: Buffer;
  #at: number;
  #end: number;
  field = 0;
  /** Of a number: its value, exact below 2^53. */
  value = 0;
  /** Of a length-delimited field: where it lies. */
  start = 0;
  end = 0;

  constructor(bytes: Buffer = Buffer.alloc(0), start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  over(bytes: Buffer, start: number, end: number): this {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    return this;
  }

  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.field = tag >> 3;
    const wire = tag & 7;
    if (wire === 0) this.value = this.#varint();
    else if (wire === 2) {
      const length = this.#varint();
      this.start = this.#at;
      this.#at += length;
      this.end = this.#at;
    } else throw new Error(`read an answer: field ${this.field} has the wire type ${wire}, which etcd's messages lack`);
    return true;
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('read an answer: it ends inside a number');
      if (byte < 128) return value + byte * factor;
      value += (byte - 128) * factor;
    }
  }
}
