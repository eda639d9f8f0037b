import { type Bytes, concatBytes, emptyBytes } from '@trireme/base';
import { frameFlags, frameTypes, type SpdyFrame, type SpdySetting, spdyVersion } from './frames.ts';
import { createHeaderReader, type SpdyHeaders } from './header-block.ts';
import { SpdyError } from './spdy-error.ts';

/** Cuts one direction of a connection into frames, however its bytes arrive. Throws SpdyError on what breaks the protocol. */
export interface SpdyDecoder {
  push(bytes: Bytes): Generator<SpdyFrame>;
}

/** Control frames carry headers at most; data is given on as it comes, and so is never held. */
const longestControlBytes = 64 * 1024;

export function createSpdyDecoder(): SpdyDecoder {
  const readHeaders = createHeaderReader();
  let buffered: Bytes = emptyBytes;
  let data: { readonly streamId: number; readonly fin: boolean; left: number } | undefined;

  const takeData = (): SpdyFrame | undefined => {
    if (!data || (buffered.length === 0 && data.left > 0)) return undefined;
    const piece = buffered.subarray(0, data.left);
    buffered = buffered.subarray(piece.length);
    data.left -= piece.length;
    const { streamId, fin, left } = data;
    if (left === 0) data = undefined;
    return { type: 'data', streamId, fin: fin && left === 0, data: piece };
  };

  const takeFrame = (): SpdyFrame | 'unknown' | undefined => {
    if (data) return takeData();
    if (buffered.length < 8) return undefined;
    const view = new DataView(buffered.buffer, buffered.byteOffset, buffered.length);
    const first = view.getUint32(0);
    const flags = view.getUint8(4);
    const length = view.getUint32(4) & 0xffffff;
    if (first < 0x8000_0000) {
      if (first === 0) throw new SpdyError('a data frame belongs to no stream');
      buffered = buffered.subarray(8);
      data = { streamId: first, fin: (flags & frameFlags.fin) !== 0, left: length };
      return takeData();
    }
    const version = (first >>> 16) & 0x7fff;
    if (version !== spdyVersion) throw new SpdyError(`a control frame is of version ${version}, not ${spdyVersion}`);
    if (length > longestControlBytes) throw new SpdyError(`a control frame of ${length} bytes is too long`);
    if (buffered.length < 8 + length) return undefined;
    const payload = buffered.subarray(8, 8 + length);
    buffered = buffered.subarray(8 + length);
    return parseControl(first & 0xffff, flags, payload, readHeaders) ?? 'unknown';
  };

  return {
    *push(bytes) {
      buffered = buffered.length === 0 ? bytes : concatBytes([buffered, bytes]);
      for (let frame = takeFrame(); frame; frame = takeFrame()) if (frame !== 'unknown') yield frame;
    },
  };
}

/** The least that the payload of each type must have. */
const leastBytes: Readonly<Record<number, number>> = {
  [frameTypes.synStream]: 10,
  [frameTypes.synReply]: 4,
  [frameTypes.rstStream]: 8,
  [frameTypes.settings]: 4,
  [frameTypes.ping]: 4,
  [frameTypes.goaway]: 8,
  [frameTypes.headers]: 4,
  [frameTypes.windowUpdate]: 8,
};

/** Undefined for a type that this version does not know: such frames are passed over. */
function parseControl(
  type: number,
  flags: number,
  payload: Bytes,
  readHeaders: (block: Bytes) => SpdyHeaders,
): SpdyFrame | undefined {
  const least = leastBytes[type];
  if (least === undefined) return undefined;
  if (payload.length < least) throw new SpdyError(`a control frame of type ${type} has only ${payload.length} bytes`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const first = view.getUint32(0);
  const streamId = first & 0x7fff_ffff;
  const fin = (flags & frameFlags.fin) !== 0;
  switch (type) {
    case frameTypes.synStream:
      return {
        type: 'syn-stream',
        streamId,
        associatedTo: view.getUint32(4) & 0x7fff_ffff,
        priority: view.getUint8(8) >> 5,
        fin,
        unidirectional: (flags & frameFlags.unidirectional) !== 0,
        headers: readHeaders(payload.subarray(10)),
      };
    case frameTypes.synReply:
      return { type: 'syn-reply', streamId, fin, headers: readHeaders(payload.subarray(4)) };
    case frameTypes.headers:
      return { type: 'headers', streamId, fin, headers: readHeaders(payload.subarray(4)) };
    case frameTypes.rstStream:
      return { type: 'rst-stream', streamId, status: view.getUint32(4) };
    case frameTypes.settings:
      return { type: 'settings', entries: parseSettings(view, first) };
    case frameTypes.ping:
      return { type: 'ping', id: first };
    case frameTypes.goaway:
      return { type: 'goaway', lastGoodStreamId: streamId, status: view.getUint32(4) };
    default:
      return { type: 'window-update', streamId, delta: view.getUint32(4) & 0x7fff_ffff };
  }
}

function parseSettings(view: DataView, count: number): readonly SpdySetting[] {
  if (view.byteLength < 4 + count * 8) throw new SpdyError(`a SETTINGS frame has less than its ${count} entries`);
  return Array.from({ length: count }, (_, i) => {
    const head = view.getUint32(4 + i * 8);
    return { id: head & 0xffffff, flags: head >>> 24, value: view.getUint32(8 + i * 8) };
  });
}
