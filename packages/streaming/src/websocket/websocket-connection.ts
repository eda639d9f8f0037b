import { type Bytes, concatBytes, toBase64, utf8 } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import { sha1 } from './sha1.ts';
import { createFrameDecoder, encodeFrame, FrameError, opcodes } from './websocket-frames.ts';

/** The answer to a client's Sec-WebSocket-Key (RFC 6455 section 4.2.2). */
export function acceptKey(key: string): string {
  return toBase64(sha1(utf8(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)));
}

/** A WebSocket's server side, over any byte stream. */
export interface WebSocketConnection {
  /** Whole messages, text ones as their bytes; ends when the client closes or the connection is gone. */
  readonly messages: AsyncIterable<Bytes>;
  /** Sends one binary message; resolves when there is room for more. What can no longer be sent is dropped. */
  send(payload: Bytes): Promise<void>;
  /** Sends the closing frame after all that was sent, and ends our side. */
  close(code: number): Promise<void>;
}

export function createWebSocketConnection(stream: ByteStream): WebSocketConnection {
  const decoder = createFrameDecoder({ requireMask: true });
  let closed = false;
  let writing: Promise<void> = Promise.resolve();

  const write = (bytes: Bytes): Promise<void> => {
    // Writes go out in order; once one has failed the connection is gone, and its reader says so.
    writing = writing.then(() => stream.write(bytes)).catch(() => undefined);
    return writing;
  };
  const close = async (code: number): Promise<void> => {
    if (closed) return;
    closed = true;
    await write(encodeFrame(opcodes.close, new Uint8Array([code >> 8, code & 255])));
    stream.end();
  };
  async function* messages(): AsyncGenerator<Bytes> {
    let parts: Bytes[] = [];
    try {
      for await (const bytes of stream.incoming) {
        for (const frame of decoder.push(bytes)) {
          if (frame.opcode === opcodes.close) return await close(1000);
          if (frame.opcode === opcodes.ping) await write(encodeFrame(opcodes.pong, frame.payload));
          if (frame.opcode >= opcodes.close) continue;
          parts.push(frame.payload);
          if (!frame.final) continue;
          yield parts.length === 1 ? (parts[0] as Bytes) : concatBytes(parts);
          parts = [];
        }
      }
    } catch (error) {
      // A broken frame closes the connection with its code; a lost connection only ends it.
      await close(error instanceof FrameError ? error.closeCode : 1006);
    }
  }
  return {
    messages: messages(),
    send: (payload) => (closed ? Promise.resolve() : write(encodeFrame(opcodes.binary, payload))),
    close,
  };
}
