import { type Bytes, compareBytes } from '@trireme/base';
import type { Header, KvEvent, WatchRequest, WatchResponse } from '@trireme/ports';
import { headerToMessage, keyValueFromMessage, keyValueToMessage, ownBytes } from './entries.ts';
import { watchRefusals } from './errors.ts';
import { toNumber } from './int64.ts';
import type { EventMessage, WatchCreateMessage, WatchResponseMessage } from './messages.ts';

/** The places are the numbers of `FilterType` and of `EventType`. */
const filters = ['no-put', 'no-delete'] as const;
const eventTypes = ['put', 'delete'] as const;
const zero = new Uint8Array([0]);

/** The watch that is asked for, or why there cannot be one, in etcd's words. */
export function watchFromMessage(message: WatchCreateMessage): WatchRequest | string {
  const key = message.key?.length ? ownBytes(message.key) : zero;
  const end = message.rangeEnd?.length ? ownBytes(message.rangeEnd) : undefined;
  if (end && !isOpenEnd(end) && compareBytes(key, end) >= 0) return watchRefusals.emptyRange;
  const startRevision = toNumber(message.startRevision);
  return {
    key,
    rangeEnd: end,
    startRevision: startRevision > 0 ? startRevision : undefined,
    prevKv: message.prevKv ?? false,
    progressNotify: message.progressNotify ?? false,
    filters: (message.filters ?? []).flatMap((number) => filters[number] ?? []),
  };
}

function isOpenEnd(end: Bytes): boolean {
  return end.length === 1 && end[0] === 0;
}

export function watchToMessage(request: WatchRequest): WatchCreateMessage {
  return { ...request, filters: (request.filters ?? []).map((filter) => filters.indexOf(filter)) };
}

/** `header` names cluster and member; the revision is the response's own. */
export function watchResponseToMessage(response: WatchResponse, header: Header, watchId: number): WatchResponseMessage {
  if (response.type === 'compacted') {
    const { compactRevision } = response;
    return { header: headerToMessage(header), watchId, canceled: true, compactRevision };
  }
  const common = { header: headerToMessage({ ...header, revision: response.revision }), watchId };
  if (response.type === 'created') return { ...common, created: true };
  if (response.type === 'progress') return common;
  return { ...common, events: response.events.map(eventToMessage) };
}

function eventToMessage({ type, kv, prevKv }: KvEvent): EventMessage {
  // A deletion carries its key and revision and nothing else.
  const entry = type === 'put' ? keyValueToMessage(kv) : { key: kv.key, modRevision: kv.modRevision };
  const message = { type: eventTypes.indexOf(type), kv: entry };
  return prevKv ? { ...message, prevKv: keyValueToMessage(prevKv) } : message;
}

export function eventFromMessage(message: EventMessage): KvEvent {
  const type = eventTypes[message.type ?? 0] ?? 'put';
  const kv = keyValueFromMessage(message.kv ?? {});
  return message.prevKv ? { type, kv, prevKv: keyValueFromMessage(message.prevKv) } : { type, kv };
}

/** Splits what is larger than `maxBytes` between events, for a client that asked for it. The last part is not marked. */
export function fragmentsOf(message: WatchResponseMessage, maxBytes: number): readonly WatchResponseMessage[] {
  const parts: EventMessage[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const event of message.events ?? []) {
    const bytes = eventBytes(event);
    if (size + bytes > maxBytes) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(event);
    size += bytes;
  }
  if (parts.length < 2) return [message];
  return parts.map((events, i) => ({ ...message, events, fragment: i < parts.length - 1 }));
}

/** No less than the event takes encoded: its bytes, and the most that its numbers and lengths take. */
function eventBytes({ kv, prevKv }: EventMessage): number {
  const overhead = 64;
  const now = (kv?.key?.length ?? 0) + (kv?.value?.length ?? 0) + overhead;
  return now + (prevKv ? (prevKv.key?.length ?? 0) + (prevKv.value?.length ?? 0) + overhead : 0);
}
