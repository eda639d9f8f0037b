import type { Bytes } from '@trireme/base';

const headerBytes = 4;

/** In one piece: a small copy costs less than a write of two parts, which was a fifth of what a leader did under load. */
export function framed(message: Bytes): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + message.length);
  frame.writeUInt32BE(message.length);
  frame.set(message, headerBytes);
  return frame;
}

/** Cuts a stream of bytes into frames: a length of four bytes, then as many bytes. */
export interface FrameReader {
  /** Takes what arrived; false where a frame would be over the limit, and the connection is to be dropped. */
  push(chunk: Bytes): boolean;
}

export function createFrameReader(limitBytes: number, onFrame: (frame: Bytes) => void): FrameReader {
  let parts: Bytes[] = [];
  let size = 0;

  /** The first `length` bytes of what is there, in one piece. */
  const take = (length: number): Uint8Array => {
    const first = parts[0] as Bytes;
    size -= length;
    if (first.length > length) {
      parts[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    if (first.length === length) {
      parts.shift();
      return first;
    }
    const whole = new Uint8Array(length);
    let at = 0;
    let used = 0;
    for (const part of parts) {
      const piece = part.subarray(0, length - at);
      whole.set(piece, at);
      at += piece.length;
      if (piece.length < part.length) {
        parts[used] = part.subarray(piece.length);
        break;
      }
      used += 1;
    }
    parts = parts.slice(used);
    return whole;
  };

  let wanted: number | undefined;
  return {
    push(chunk) {
      if (chunk.length === 0) return true;
      parts.push(chunk);
      size += chunk.length;
      for (;;) {
        if (wanted === undefined) {
          if (size < headerBytes) return true;
          const header = take(headerBytes);
          wanted = new DataView(header.buffer, header.byteOffset, headerBytes).getUint32(0);
          if (wanted > limitBytes) return false;
        }
        if (size < wanted) return true;
        const length = wanted;
        wanted = undefined;
        onFrame(length === 0 ? new Uint8Array(0) : take(length));
      }
    },
  };
}
