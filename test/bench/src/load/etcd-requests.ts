import { bytesField, varintField } from './protobuf.ts';

/** Requests of etcd's API as bytes, with the places in them that change from call to call. */
export interface EtcdRequest {
  readonly path: string;
  readonly message: Buffer;
  /** Where digits of keys begin. */
  readonly digitsAt: readonly number[];
  /** Where the value begins, of a put. */
  readonly valueAt: number;
}

export const keyPrefix = 'bench/';
export const keyDigits = 8;
export const valueBytes = 256;

export const keyOf = (index: number): string => `${keyPrefix}${String(index).padStart(keyDigits, '0')}`;

export function putRequest(key: string, value: Uint8Array): EtcdRequest {
  const message = Buffer.concat([bytesField(1, Buffer.from(key)), bytesField(2, value)]);
  return { path: '/etcdserverpb.KV/Put', message, digitsAt: digitsIn(message), valueAt: message.length - value.length };
}

export function getRequest(options: { readonly serializable: boolean }): EtcdRequest {
  const key = bytesField(1, Buffer.from(keyOf(0)));
  return rangeRequest(options.serializable ? Buffer.concat([key, varintField(7, 1)]) : key);
}

/** From one key to, and without, another. */
export function rangeOfKeys(): EtcdRequest {
  return rangeRequest(Buffer.concat([bytesField(1, Buffer.from(keyOf(0))), bytesField(2, Buffer.from(keyOf(0)))]));
}

export function watchRequest(key: string): EtcdRequest {
  const message = bytesField(1, bytesField(1, Buffer.from(key)));
  return { path: '/etcdserverpb.Watch/Watch', message, digitsAt: [], valueAt: 0 };
}

function rangeRequest(message: Buffer): EtcdRequest {
  return { path: '/etcdserverpb.KV/Range', message, digitsAt: digitsIn(message), valueAt: 0 };
}

function digitsIn(message: Buffer): number[] {
  const found: number[] = [];
  for (let at = message.indexOf(keyPrefix); at >= 0; at = message.indexOf(keyPrefix, at + 1))
    found.push(at + keyPrefix.length);
  return found;
}

/** Writes the number of a key over another's. */
export function writeDigits(out: Buffer, at: number, index: number): void {
  let left = index;
  for (let digit = keyDigits - 1; digit >= 0; digit--) {
    const next = Math.floor(left / 10);
    out[at + digit] = 48 + left - next * 10;
    left = next;
  }
}
