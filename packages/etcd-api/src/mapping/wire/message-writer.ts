import { sizeOfDelimited, writeStart } from './wire-writer.ts';

/** Writes messages of one type: first how many bytes, then the bytes. `write` returns where they end. */
export interface MessageWriter<Message> {
  sizeOf(message: Message): number;
  write(message: Message, into: Uint8Array, at: number): number;
}

/** As a field of another message; absent is left out. */
export function sizeOfMessage<Message>(writer: MessageWriter<Message>, message: Message | null | undefined): number {
  return message ? sizeOfDelimited(writer.sizeOf(message)) : 0;
}

export function writeMessage<Message>(
  writer: MessageWriter<Message>,
  tag: number,
  message: Message | null | undefined,
  into: Uint8Array,
  at: number,
): number {
  return message ? writer.write(message, into, writeStart(tag, writer.sizeOf(message), into, at)) : at;
}

export function sizeOfMessages<Message>(
  writer: MessageWriter<Message>,
  messages: readonly Message[] | null | undefined,
): number {
  let size = 0;
  if (messages) for (const message of messages) size += sizeOfDelimited(writer.sizeOf(message));
  return size;
}

export function writeMessages<Message>(
  writer: MessageWriter<Message>,
  tag: number,
  messages: readonly Message[] | null | undefined,
  into: Uint8Array,
  at: number,
): number {
  let next = at;
  if (messages) for (const message of messages) next = writeMessage(writer, tag, message, into, next);
  return next;
}
