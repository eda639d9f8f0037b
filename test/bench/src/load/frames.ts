/** HTTP/2's frames (RFC 9113), as much of them as a client of gRPC meets. */
export const frameTypes = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const settingIds = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
} as const;

export const frameHeaderBytes = 9;
/** What every peer takes without having said so. */
export const maxFrameBytes = 16_384;
export const initialWindowBytes = 65_535;
export const largestWindowBytes = 2 ** 31 - 1;
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Writes a frame's header at `at` and returns where its payload begins. */
export function writeFrameHeader(
  out: Buffer,
  at: number,
  frame: { readonly length: number; readonly type: number; readonly flags: number; readonly stream: number },
): number {
  out.writeUIntBE(frame.length, at, 3);
  out[at + 3] = frame.type;
  out[at + 4] = frame.flags;
  out.writeUInt32BE(frame.stream, at + 5);
  return at + frameHeaderBytes;
}

export function frameOf(type: number, flagBits: number, stream: number, payload: Uint8Array): Buffer {
  const out = Buffer.alloc(frameHeaderBytes + payload.length);
  out.set(payload, writeFrameHeader(out, 0, { length: payload.length, type, flags: flagBits, stream }));
  return out;
}

export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * 6);
  settings.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  });
  return frameOf(frameTypes.settings, 0, 0, payload);
}

export function windowUpdateFrame(stream: number, bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frameOf(frameTypes.windowUpdate, 0, stream, payload);
}
