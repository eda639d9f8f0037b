import { gunzipSync } from 'node:zlib';
import { RpcError } from '../mapping/index.ts';

/** A flag that says whether the message is compressed, and its length. */
export const prefixBytes = 5;
const firstRoomBytes = 4_096;

export interface MessageLimits {
  readonly maxMessageBytes: number;
  /** What 'grpc-encoding' said: how messages that are marked so are compressed. */
  readonly encoding: string | undefined;
}

/**
 * Cuts a body into messages. It holds at most about twice what came and was not read, however small the pieces were, and
 * takes room for what came, not for what a length announced.
 */
export class MessageReader {
  readonly #limits: MessageLimits;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** Whether there is room of ours behind `#end`; else the bytes are a piece as it came. */
  #own = false;

  constructor(limits: MessageLimits) {
    this.#limits = limits;
  }

  /** What came and was not read. */
  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  push(chunk: Buffer): void {
    const size = this.sizeBytes;
    if (size === 0) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#own = false;
      return;
    }
    if (!this.#own || this.#end + chunk.length > this.#bytes.length) {
      // Messages that were read are parts of the old room, which is therefore never written over.
      const room = Buffer.allocUnsafeSlow(Math.max(2 * size, size + chunk.length, firstRoomBytes));
      this.#bytes.copy(room, 0, this.#start, this.#end);
      this.#bytes = room;
      this.#start = 0;
      this.#end = size;
      this.#own = true;
    }
    chunk.copy(this.#bytes, this.#end);
    this.#end += chunk.length;
  }

  /** Whether `next` has a message, or a refusal. */
  get ready(): boolean {
    const size = this.sizeBytes;
    if (size < prefixBytes) return false;
    const length = this.#bytes.readUInt32BE(this.#start + 1);
    return size >= prefixBytes + length || length > this.#limits.maxMessageBytes;
  }

  /** The next message that is whole. Throws an `RpcError` for one that is not to be had. */
  next(): Buffer | undefined {
    if (!this.ready) return undefined;
    const length = this.#bytes.readUInt32BE(this.#start + 1);
    checkSize(length, this.#limits.maxMessageBytes);
    const from = this.#start + prefixBytes;
    const compressed = this.#bytes[this.#start];
    this.#start = from + length;
    const message = this.#bytes.subarray(from, this.#start);
    return compressed === 0 ? message : decompress(compressed, message, this.#limits);
  }
}

function checkSize(length: number, maxBytes: number): void {
  // In the words of Go's gRPC, which clients of etcd know.
  if (length > maxBytes)
    throw new RpcError('resource-exhausted', `grpc: received message larger than max (${length} vs. ${maxBytes})`);
}

function decompress(flag: number | undefined, message: Buffer, { encoding, maxMessageBytes }: MessageLimits): Buffer {
  if (flag !== 1) throw new RpcError('internal', `grpc: received unexpected payload format ${flag}`);
  if (encoding === undefined || encoding === 'identity')
    throw new RpcError('internal', 'grpc: compressed flag set with identity or empty encoding');
  if (encoding !== 'gzip')
    throw new RpcError(
      'unimplemented',
      `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`,
    );
  try {
    return gunzipSync(message, { maxOutputLength: maxMessageBytes });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE')
      throw new RpcError(
        'resource-exhausted',
        `grpc: received message after decompression larger than max ${maxMessageBytes}`,
      );
    throw new RpcError('internal', `grpc: failed to decompress the received message: ${String(error)}`, {
      cause: error,
    });
  }
}

/** The message that is the whole of a piece, uncompressed: as requests mostly come. Else undefined. */
export function wholeMessage(chunk: Buffer, maxMessageBytes: number): Buffer | undefined {
  const length = chunk.length - prefixBytes;
  if (length < 0 || length > maxMessageBytes || chunk[0] !== 0 || chunk.readUInt32BE(1) !== length) return undefined;
  return chunk.subarray(prefixBytes);
}
