import { type Bytes, concatBytes } from '@trireme/base';

/** One frame of RFC 6455, unmasked. */
export interface Frame {
  readonly opcode: number;
  readonly final: boolean;
  readonly payload: Bytes;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** What a peer sent breaks the protocol: the connection is closed with this code (RFC 6455 section 7.4.1). */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly closeCode: number;
  constructor(closeCode: number, message: string) {
    super(message);
    this.closeCode = closeCode;
  }
}

const maxPayloadBytes = 16 * 1024 * 1024;

/** A frame as a server sends it (no mask), or as a client does when a mask of four bytes is given. */
export function encodeFrame(opcode: number, payload: Bytes, mask?: Bytes): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const start = 2 + lengthBytes + (mask ? 4 : 0);
  const frame = new Uint8Array(start + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = (mask ? 0x80 : 0) | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) view.setUint16(2, length);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(length));
  if (mask) frame.set(mask, start - 4);
  frame.set(mask ? masked(payload, mask) : payload, start);
  return frame;
}

function masked(payload: Bytes, mask: Bytes): Uint8Array {
  return payload.map((byte, i) => byte ^ (mask[i & 3] as number));
}

/** Cuts a byte stream into frames. Frames of a client must be masked; a fragment is given on as it comes. */
export interface FrameDecoder {
  push(bytes: Bytes): readonly Frame[];
}

export function createFrameDecoder(options: { readonly requireMask: boolean }): FrameDecoder {
  let buffered: Bytes = new Uint8Array(0);
  // A large frame comes in many pieces: they are joined once, when it is whole.
  let pieces: Bytes[] = [];
  let piecesBytes = 0;
  let wantedBytes = 0;

  const takeFrame = (): Frame | undefined => {
    if (buffered.length < 2) return undefined;
    const [first = 0, second = 0] = buffered;
    if ((first & 0x70) !== 0) throw new FrameError(1002, 'a reserved bit is set, and no extension was agreed');
    const hasMask = (second & 0x80) !== 0;
    if (options.requireMask && !hasMask) throw new FrameError(1002, 'a frame of a client has no mask');
    const short = second & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const start = 2 + lengthBytes + (hasMask ? 4 : 0);
    if (buffered.length < start) return undefined;
    const view = new DataView(buffered.buffer, buffered.byteOffset, buffered.length);
    const length = lengthBytes === 2 ? view.getUint16(2) : lengthBytes === 8 ? Number(view.getBigUint64(2)) : short;
    if (length > maxPayloadBytes) throw new FrameError(1009, `a frame of ${length} bytes is too large`);
    const opcode = first & 15;
    const final = (first & 0x80) !== 0;
    if (opcode >= 8 && (!final || length > 125)) throw new FrameError(1002, 'a control frame is split or too long');
    if (buffered.length < start + length) {
      wantedBytes = start + length;
      return undefined;
    }
    const raw = buffered.subarray(start, start + length);
    const payload = hasMask ? masked(raw, buffered.subarray(start - 4, start)) : raw.slice();
    buffered = buffered.subarray(start + length);
    return { opcode, final, payload };
  };
  return {
    push(bytes) {
      pieces.push(bytes);
      piecesBytes += bytes.length;
      if (buffered.length + piecesBytes < wantedBytes) return [];
      buffered = concatBytes([buffered, ...pieces]);
      pieces = [];
      piecesBytes = 0;
      wantedBytes = 0;
      const frames: Frame[] = [];
      for (let frame = takeFrame(); frame; frame = takeFrame()) frames.push(frame);
      return frames;
    },
  };
}
