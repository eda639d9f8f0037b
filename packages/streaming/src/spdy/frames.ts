import { type Bytes, concatBytes } from '@trireme/base';
import { createHeaderWriter, type SpdyHeaders } from './header-block.ts';

/** One frame of SPDY/3.1. A data frame that comes in pieces is given on in pieces, and its `fin` with the last one. */
export type SpdyFrame =
  | {
      readonly type: 'syn-stream';
      readonly streamId: number;
      readonly associatedTo: number;
      /** 0 is the most urgent, 7 the least. */
      readonly priority: number;
      readonly fin: boolean;
      readonly unidirectional: boolean;
      readonly headers: SpdyHeaders;
    }
  | { readonly type: 'syn-reply'; readonly streamId: number; readonly fin: boolean; readonly headers: SpdyHeaders }
  | { readonly type: 'headers'; readonly streamId: number; readonly fin: boolean; readonly headers: SpdyHeaders }
  | { readonly type: 'rst-stream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'settings'; readonly entries: readonly SpdySetting[] }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goaway'; readonly lastGoodStreamId: number; readonly status: number }
  | { readonly type: 'window-update'; readonly streamId: number; readonly delta: number }
  | { readonly type: 'data'; readonly streamId: number; readonly fin: boolean; readonly data: Bytes };

export interface SpdySetting {
  readonly id: number;
  readonly flags: number;
  readonly value: number;
}

export const frameTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;
export const frameFlags = { fin: 1, unidirectional: 2 } as const;
export const resetStatus = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  flowControlError: 7,
} as const;
export const goawayStatus = { ok: 0, protocolError: 1, internalError: 2 } as const;
export const settingIds = { initialWindowSize: 7 } as const;
export const spdyVersion = 3;

/** Encodes the frames of one direction. The header compression remembers, so frames must be sent in this order. */
export function createSpdyEncoder(): (frame: SpdyFrame) => Bytes {
  const writeHeaders = createHeaderWriter();
  return (frame) => {
    switch (frame.type) {
      case 'data':
        return concatBytes([words(frame.streamId, flagged(finOf(frame), frame.data.length)), frame.data]);
      case 'syn-stream': {
        const flags = finOf(frame) | (frame.unidirectional ? frameFlags.unidirectional : 0);
        const priority = new Uint8Array([frame.priority << 5, 0]);
        const head = concatBytes([words(frame.streamId, frame.associatedTo), priority]);
        return control(frameTypes.synStream, flags, concatBytes([head, writeHeaders(frame.headers)]));
      }
      case 'syn-reply':
      case 'headers': {
        const type = frame.type === 'headers' ? frameTypes.headers : frameTypes.synReply;
        return control(type, finOf(frame), concatBytes([words(frame.streamId), writeHeaders(frame.headers)]));
      }
      case 'rst-stream':
        return control(frameTypes.rstStream, 0, words(frame.streamId, frame.status));
      case 'settings': {
        const entries = frame.entries.flatMap(({ id, flags, value }) => [flagged(flags, id), value]);
        return control(frameTypes.settings, 0, words(frame.entries.length, ...entries));
      }
      case 'ping':
        return control(frameTypes.ping, 0, words(frame.id));
      case 'goaway':
        return control(frameTypes.goaway, 0, words(frame.lastGoodStreamId, frame.status));
      case 'window-update':
        return control(frameTypes.windowUpdate, 0, words(frame.streamId, frame.delta));
    }
  };
}

const finOf = (frame: { readonly fin: boolean }): number => (frame.fin ? frameFlags.fin : 0);

/** One byte of flags and three of a number, as one word. */
const flagged = (flags: number, number: number): number => ((flags << 24) | number) >>> 0;

function words(...values: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(i * 4, value);
  });
  return bytes;
}

function control(type: number, flags: number, payload: Bytes): Bytes {
  return concatBytes([words(((0x8000 | spdyVersion) << 16) | type, flagged(flags, payload.length)), payload]);
}
