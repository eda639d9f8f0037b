import { flags, frameHeaderBytes, frameTypes, maxFrameBytes, writeFrameHeader } from './frames.ts';
import { encodeRequestHeaders } from './hpack.ts';

/** The bytes of a call, made once: what differs from call to call (its stream, its key) is written over a copy of them. */
export interface Template {
  readonly bytes: Buffer;
  /** Where the request's message begins in `bytes`. */
  readonly messageAt: number;
  /** Where its DATA frame begins. */
  readonly dataAt: number;
  /** What the call takes of the server's window. */
  readonly windowBytes: number;
}

const messagePrefixBytes = 5;

export function createTemplate(call: {
  readonly path: string;
  readonly authority: string;
  readonly scheme: 'http' | 'https';
  readonly message: Uint8Array;
  /** True: more may be sent on the same stream, so it stays open. */
  readonly open?: boolean;
}): Template {
  const headers = encodeRequestHeaders(call);
  const dataAt = frameHeaderBytes + headers.length;
  const windowBytes = messagePrefixBytes + call.message.length;
  if (windowBytes > maxFrameBytes)
    throw new Error(`make a call to ${call.path}: its message takes more than one frame`);
  const bytes = Buffer.alloc(dataAt + frameHeaderBytes + windowBytes);
  writeFrameHeader(bytes, 0, { length: headers.length, type: frameTypes.headers, flags: flags.endHeaders, stream: 0 });
  bytes.set(headers, frameHeaderBytes);
  const end = call.open ? 0 : flags.endStream;
  writeFrameHeader(bytes, dataAt, { length: windowBytes, type: frameTypes.data, flags: end, stream: 0 });
  bytes.writeUInt32BE(call.message.length, dataAt + frameHeaderBytes + 1);
  const messageAt = dataAt + frameHeaderBytes + messagePrefixBytes;
  bytes.set(call.message, messageAt);
  return { bytes, messageAt, dataAt, windowBytes };
}

/** Copies the call to `at`, for `stream`, and returns where its message begins there. */
export function writeTemplate(template: Template, out: Buffer, at: number, stream: number): number {
  template.bytes.copy(out, at);
  out.writeUInt32BE(stream, at + 5);
  out.writeUInt32BE(stream, at + template.dataAt + 5);
  return at + template.messageAt;
}
