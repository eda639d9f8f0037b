import { type Bytes, concatBytes } from '@trireme/base';
import { ProtobufError } from './protobuf-error.ts';
import { Reader } from './reader.ts';
import { ReverseWriter } from './reverse-writer.ts';

/** The media type of a watch whose frames are these. */
export const protobufWatchMediaType = 'application/vnd.kubernetes.protobuf;stream=watch';

/** The largest frame that upstream's clients read. */
const maxFrameBytes = 16 * 1024 * 1024;

export interface WatchFrame {
  /** 'ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'. */
  readonly type: string;
  /** The object in its envelope, as `encodeProtobuf` made it. */
  readonly object: Bytes;
}

const writer = new ReverseWriter();

/**
 * One event of a watch: four bytes of length, big endian, then a bare WatchEvent message (no 'k8s\0' of its own) around
 * the object's bytes, so that an object encoded once serves every watcher.
 */
export function encodeWatchFrame(type: string, object: Bytes): Uint8Array<ArrayBuffer> {
  writer.reset();
  writer.bytes(object);
  writer.varint32(object.length);
  writer.byte(0x0a);
  writer.varint32(writer.size);
  writer.byte(0x12);
  const before = writer.size;
  writer.text(type);
  writer.varint32(writer.size - before);
  writer.byte(0x0a);
  const length = writer.size;
  writer.bytes(new Uint8Array([length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255]));
  return writer.finish();
}

export interface WatchFrameReader {
  /** Takes the next bytes of the stream, and returns the events that are complete by now. */
  push(bytes: Bytes): readonly WatchFrame[];
}

/** Cuts a stream of frames, however its bytes arrive. */
export function createWatchFrameReader(): WatchFrameReader {
  let pending: Bytes = new Uint8Array(0);
  return {
    push(bytes) {
      pending = pending.length === 0 ? bytes : concatBytes([pending, bytes]);
      const frames: WatchFrame[] = [];
      for (;;) {
        if (pending.length < 4) return frames;
        const length = new DataView(pending.buffer, pending.byteOffset, 4).getUint32(0);
        if (length > maxFrameBytes) throw new ProtobufError(`read a watch: a frame of ${length} bytes is too large`);
        if (pending.length < 4 + length) return frames;
        frames.push(decodeWatchEvent(pending.subarray(4, 4 + length)));
        pending = pending.subarray(4 + length);
      }
    },
  };
}

function decodeWatchEvent(bytes: Bytes): WatchFrame {
  const reader = new Reader(bytes);
  let type = '';
  let object: Bytes = new Uint8Array(0);
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === 0x0a) type = reader.text();
    else if (tag === 0x12) {
      reader.nested(() => {
        while (reader.at < reader.end) {
          const inner = reader.tag();
          if (inner === 0x0a) object = reader.bytes();
          else reader.skip(inner & 7);
        }
      });
    } else reader.skip(tag & 7);
  }
  return { type, object };
}
