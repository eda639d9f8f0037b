import { RpcError, rpcCodes } from '../mapping/index.ts';
import type { Trailers } from './http-call.ts';

export const okTrailers: Trailers = { 'grpc-status': '0' };

export function trailersOf({ code, message }: RpcError): Trailers {
  return { 'grpc-status': String(rpcCodes[code]), 'grpc-message': encodeMessage(message) };
}

const plain = /^[\x20-\x24\x26-\x7e]*$/;

/** Bytes that a header may not carry, and the percent sign, go as their numbers. */
function encodeMessage(message: string): string {
  if (plain.test(message)) return message;
  let encoded = '';
  for (const byte of Buffer.from(message)) {
    const asIs = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += asIs ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** 'application/grpc', alone or with the name of a codec or parameters after it. */
export function isGrpcContentType(contentType: string | undefined): boolean {
  if (contentType === undefined || !contentType.startsWith('application/grpc')) return false;
  const next = contentType['application/grpc'.length];
  return next === undefined || next === '+' || next === ';';
}

const unitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};
/** Longer than any call: what does not fit a timer is no limit. */
const longestTimerMs = 2 ** 31 - 1;

/** How long the caller waits ('5S', '100m'), in milliseconds; undefined for as long as it takes. */
export function parseTimeout(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const unit = unitMs[header.slice(-1)];
  const digits = header.slice(0, -1);
  if (unit === undefined || !/^\d{1,8}$/.test(digits))
    throw new RpcError('internal', `malformed grpc-timeout: ${header.slice(0, 40)}`);
  const timeoutMs = Math.ceil(Number(digits) * unit);
  return timeoutMs > longestTimerMs ? undefined : timeoutMs;
}
