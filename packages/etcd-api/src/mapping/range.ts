import { KvError, type RangeRequest, type RangeResponse } from '@trireme/ports';
import { headerToMessage, keyRangeFromMessage, keyValueFromMessage, keyValueToMessage } from './entries.ts';
import { toNumber } from './int64.ts';
import type { RangeRequestMessage, RangeResponseMessage } from './messages.ts';

type Sort = NonNullable<RangeRequest['sort']>;
/** The places are the numbers of `SortTarget`. */
const sortTargets: readonly Sort['by'][] = ['key', 'version', 'create', 'mod', 'value'];
const none = 0;
const ascend = 1;
const descend = 2;

export function rangeFromMessage(message: RangeRequestMessage): RangeRequest {
  return {
    ...keyRangeFromMessage(message),
    limit: positive(message.limit),
    revision: positive(message.revision),
    serializable: message.serializable ?? false,
    keysOnly: message.keysOnly ?? false,
    countOnly: message.countOnly ?? false,
    sort: sortFromMessage(message),
    minModRevision: positive(message.minModRevision),
    maxModRevision: positive(message.maxModRevision),
    minCreateRevision: positive(message.minCreateRevision),
    maxCreateRevision: positive(message.maxCreateRevision),
  };
}

/** Zero and what is below it mean that there is no bound, or the newest revision. */
function positive(field: RangeRequestMessage['limit']): number | undefined {
  const value = toNumber(field);
  return value > 0 ? value : undefined;
}

function sortFromMessage({ sortOrder, sortTarget }: RangeRequestMessage): Sort | undefined {
  const order = sortOrder ?? none;
  const by = sortTargets[sortTarget ?? 0];
  if (by === undefined || order < none || order > descend)
    throw new KvError('invalid-sort', `There is no sort order ${order} by target ${sortTarget}. Use those of etcd v3.`);
  if (order === descend) return { by, descending: true };
  // Keys are in ascending order anyway; another target without an order is sorted upwards.
  return by === 'key' ? undefined : { by };
}

export function rangeToMessage(request: RangeRequest): RangeRequestMessage {
  const { sort, ...same } = request;
  if (!sort) return same;
  const sortTarget = sortTargets.indexOf(sort.by);
  return { ...same, sortTarget, sortOrder: sort.descending ? descend : ascend };
}

export function rangeResponseToMessage({ header, kvs, more, count }: RangeResponse): RangeResponseMessage {
  return { header: headerToMessage(header), kvs: kvs.map(keyValueToMessage), more, count };
}

/** `header` is the one of the whole answer: inside a transaction etcd leaves most of it out. */
export function rangeResponseFromMessage(
  message: RangeResponseMessage,
  header: RangeResponse['header'],
): RangeResponse {
  return {
    header,
    kvs: (message.kvs ?? []).map(keyValueFromMessage),
    more: message.more ?? false,
    count: toNumber(message.count),
  };
}
