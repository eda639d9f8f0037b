import { prefixBytes } from './message-reader.ts';

/** Room for a message of that size, its prefix already before it. */
export function frameFor(sizeBytes: number): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + sizeBytes);
  frame[0] = 0;
  frame.writeUInt32BE(sizeBytes, 1);
  return frame;
}

export function frameOf(message: Uint8Array): Buffer {
  const frame = frameFor(message.length);
  frame.set(message, prefixBytes);
  return frame;
}
