import type { Bytes } from '@trireme/base';
import type { Compare, KeyRange, LeaseId, Op, RangeRequest, TxnRequest } from '@trireme/ports';
import { Packr } from 'msgpackr';
import type { AlarmCommand, LogCommand, RaisedAlarm } from './alarms.ts';

/**
 * One change on its way through the log. Who asked, in which of its lives, and its number there let every member see
 * that it applies each request once, however often it was sent.
 */
export interface Request {
  readonly origin: number;
  readonly incarnation: number;
  readonly sequence: number;
  /** The origin will never again send a request with this number or a lower one. */
  readonly floor: number;
  readonly command: LogCommand;
}

// Arrays and no shared structures: an entry must be readable alone, by every later version.
const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

type PackedRange = [key: Bytes, end: Bytes | null, options?: Omit<RangeRequest, 'key' | 'rangeEnd'>];
type PackedOp =
  | [0, PackedRange]
  | [1, key: Bytes, value: Bytes, lease: number | bigint, flags: number]
  | [2, key: Bytes, end: Bytes | null, prevKv: boolean]
  | [3, PackedTxn];
type PackedCompare = [key: Bytes, end: Bytes | null, result: number, target: number, value: Bytes | number | bigint];
type PackedTxn = [compare: PackedCompare[], success: PackedOp[], failure: PackedOp[]];
type PackedCommand =
  | [0, ...PackedTxn]
  | [1, id: LeaseId | number, ttlSeconds: number]
  | [2, id: LeaseId | number, expiredInTerm?: number]
  | [3, revision: number]
  | [4, unixMs: number, keepMs: number]
  | PackedAlarm;
type PackedAlarm = [5, action: number, memberId: bigint | number, type: number];
type PackedRequest = [origin: number, incarnation: number, sequence: number, floor: number, command: PackedCommand];

const results = ['equal', 'not-equal', 'greater', 'less'] as const;
const alarmTypes: readonly RaisedAlarm['type'][] = ['no-space', 'corrupt'];
const alarmActions = { disarm: 0, raise: 1, raiseRepairable: 2 };
const targets = ['version', 'create', 'mod', 'value', 'lease'] as const;

export function encodeRequests(requests: readonly Request[]): Bytes {
  const packed = requests.map(
    ({ origin, incarnation, sequence, floor, command }): PackedRequest => [
      origin,
      incarnation,
      sequence,
      floor,
      packCommand(command),
    ],
  );
  return packr.pack(packed);
}

export function decodeRequests(data: Bytes): readonly Request[] {
  return (packr.unpack(data) as PackedRequest[]).map(([origin, incarnation, sequence, floor, command]) => ({
    origin,
    incarnation,
    sequence,
    floor,
    command: unpackCommand(command),
  }));
}

function packCommand(command: LogCommand): PackedCommand {
  switch (command.type) {
    case 'txn':
      return [0, ...packTxn(command.request)];
    case 'lease-grant':
      return [1, command.id, command.ttlSeconds];
    case 'lease-revoke':
      return command.expiredInTerm === undefined ? [2, command.id] : [2, command.id, command.expiredInTerm];
    case 'compact':
      return [3, command.revision];
    case 'mark':
      return [4, command.unixMs, command.keepMs];
    case 'alarm':
      return packAlarm(command);
  }
}

function unpackCommand(packed: PackedCommand): LogCommand {
  switch (packed[0]) {
    case 0:
      return { type: 'txn', request: unpackTxn([packed[1], packed[2], packed[3]]) };
    case 1:
      return { type: 'lease-grant', id: BigInt(packed[1]), ttlSeconds: packed[2] };
    case 2:
      return { type: 'lease-revoke', id: BigInt(packed[1]), expiredInTerm: packed[2] };
    case 3:
      return { type: 'compact', revision: packed[1] };
    case 4:
      return { type: 'mark', unixMs: packed[1], keepMs: packed[2] };
    case 5:
      return unpackAlarm(packed);
  }
}

function packAlarm(command: AlarmCommand): PackedAlarm {
  const { memberId, type } = command.alarm;
  const { disarm, raise, raiseRepairable } = alarmActions;
  const action = command.action === 'disarm' ? disarm : command.alarm.isRepairable ? raiseRepairable : raise;
  return [5, action, memberId, alarmTypes.indexOf(type)];
}

function unpackAlarm([, action, memberId, type]: PackedAlarm): AlarmCommand {
  const alarm = { memberId: BigInt(memberId), type: alarmTypes[type] as RaisedAlarm['type'] };
  if (action === alarmActions.disarm) return { type: 'alarm', action: 'disarm', alarm };
  const isRepairable = action === alarmActions.raiseRepairable;
  return { type: 'alarm', action: 'raise', alarm: { ...alarm, isRepairable } };
}

function packTxn({ compare = [], success = [], failure = [] }: TxnRequest): PackedTxn {
  return [compare.map(packCompare), success.map(packOp), failure.map(packOp)];
}

function unpackTxn([compare, success, failure]: PackedTxn): TxnRequest {
  return { compare: compare.map(unpackCompare), success: success.map(unpackOp), failure: failure.map(unpackOp) };
}

function packCompare(compare: Compare): PackedCompare {
  const { key, rangeEnd, result, target, value } = compare;
  return [key, rangeEnd ?? null, results.indexOf(result), targets.indexOf(target), value];
}

function unpackCompare([key, end, result, target, value]: PackedCompare): Compare {
  const lease = targets[target] === 'lease';
  return {
    ...unpackKeyRange(key, end),
    result: results[result] as Compare['result'],
    target: targets[target],
    value: lease ? BigInt(value as number | bigint) : value,
  } as Compare;
}

function packOp(op: Op): PackedOp {
  switch (op.type) {
    case 'range': {
      const { key, rangeEnd, ...options } = op.request;
      return [0, Object.keys(options).length > 0 ? [key, rangeEnd ?? null, options] : [key, rangeEnd ?? null]];
    }
    case 'put': {
      const { key, value, lease = 0n, prevKv, ignoreValue, ignoreLease } = op.request;
      return [1, key, value, lease, (prevKv ? 1 : 0) | (ignoreValue ? 2 : 0) | (ignoreLease ? 4 : 0)];
    }
    case 'delete-range':
      return [2, op.request.key, op.request.rangeEnd ?? null, op.request.prevKv ?? false];
    case 'txn':
      return [3, packTxn(op.request)];
  }
}

function unpackOp(packed: PackedOp): Op {
  switch (packed[0]) {
    case 0: {
      const [key, end, options] = packed[1];
      return { type: 'range', request: { ...unpackKeyRange(key, end), ...options } };
    }
    case 1: {
      const [, key, value, lease, flags] = packed;
      const request = {
        key,
        value,
        lease: BigInt(lease),
        prevKv: (flags & 1) > 0,
        ignoreValue: (flags & 2) > 0,
        ignoreLease: (flags & 4) > 0,
      };
      return { type: 'put', request };
    }
    case 2:
      return { type: 'delete-range', request: { ...unpackKeyRange(packed[1], packed[2]), prevKv: packed[3] } };
    case 3:
      return { type: 'txn', request: unpackTxn(packed[1]) };
  }
}

function unpackKeyRange(key: Bytes, end: Bytes | null): KeyRange {
  return end === null ? { key } : { key, rangeEnd: end };
}
