import { messageOf } from '@trireme/base';
import type { Logger, PeerTransport } from '@trireme/ports';
import { decodeFrame, encodeFrame, type PeerMessage } from './peer-codec.ts';

const maxFrameBytes = 1 << 20;

/** Gathers what a turn has for each member into one frame, or into several of a bounded size. */
export interface Outbox {
  send(to: number, message: PeerMessage): void;
  flush(): void;
}

export function createOutbox(transport: PeerTransport): Outbox {
  const waiting = new Map<number, { messages: PeerMessage[]; bytes: number }>();
  const post = (to: number, messages: readonly PeerMessage[]): void =>
    transport.send(BigInt(to), encodeFrame(messages));
  return {
    send(to, message) {
      let box = waiting.get(to);
      if (!box) {
        box = { messages: [], bytes: 0 };
        waiting.set(to, box);
      }
      const bytes = sizeOf(message);
      if (box.bytes > 0 && box.bytes + bytes > maxFrameBytes) {
        post(to, box.messages);
        box.messages = [];
        box.bytes = 0;
      }
      box.messages.push(message);
      box.bytes += bytes;
    },
    flush() {
      for (const [to, { messages }] of waiting) if (messages.length > 0) post(to, messages);
      waiting.clear();
    },
  };
}

function sizeOf(message: PeerMessage): number {
  if (message.type === 'forward') return message.data.length + 16;
  if (message.type === 'snapshot-offer') return message.meta.length + 64;
  if (message.type === 'snapshot-part') return message.records.reduce((bytes, { length }) => bytes + length + 8, 64);
  if (message.type !== 'raft' || message.message.type !== 'append') return 64;
  let bytes = 64;
  for (const entry of message.message.entries) bytes += entry.data.length + 16;
  return bytes;
}

/** Reads frames; what cannot be understood is dropped, and said. */
export function createInbox(logger: Logger, handle: (from: number, message: PeerMessage) => void) {
  return (from: bigint, frame: Uint8Array): void => {
    let messages: readonly PeerMessage[];
    try {
      messages = decodeFrame(frame);
    } catch (error) {
      logger.log('warn', 'a message from a peer was not understood and is dropped', {
        from: String(from),
        error: messageOf(error),
      });
      return;
    }
    for (const message of messages) handle(Number(from), message);
  };
}
