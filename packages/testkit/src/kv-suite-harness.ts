import { fromUtf8, utf8 } from '@trireme/base';
import type { Kv, KvEvent, Op, TxnResponse, WatchResponse, WatchStream } from '@trireme/ports';

/** One store under test. It may be shared with others: the suite keeps to keys of its own, and to relative revisions. */
export interface KvHarness {
  readonly kv: Kv;
  /** Lets this much time pass for the store. */
  advance(durationMs: number): Promise<void>;
  close(): Promise<void>;
}

let scopes = 0;

/** The suite's view of a store: text keys under a prefix of their own. */
export interface Scope {
  readonly kv: Kv;
  readonly harness: KvHarness;
  key(text: string): Uint8Array;
  /** The text behind the prefix. */
  text(key: Uint8Array): string;
  putOp(key: string, value: string, more?: object): Op;
  put(key: string, value: string, more?: object): Promise<TxnResponse>;
  deleteRange(key: string, end?: string): Promise<TxnResponse>;
  /** All keys of the scope, as 'key=value'. */
  all(revision?: number): Promise<readonly string[]>;
  revision(): Promise<number>;
  watch(more?: object): WatchReader;
}

export function createScope(harness: KvHarness): Scope {
  const { kv } = harness;
  const prefix = `suite-${++scopes}/`;
  const key = (text: string): Uint8Array => utf8(prefix + text);
  const range = { key: key(''), rangeEnd: utf8(`suite-${scopes}0`) };
  const scope: Scope = {
    kv,
    harness,
    key,
    text: (bytes) => fromUtf8(bytes).slice(prefix.length),
    putOp: (text, value, more = {}) => ({ type: 'put', request: { key: key(text), value: utf8(value), ...more } }),
    put: (text, value, more) => kv.txn({ success: [scope.putOp(text, value, more)] }),
    deleteRange(text, end) {
      const rangeEnd = end === undefined ? undefined : key(end);
      return kv.txn({ success: [{ type: 'delete-range', request: { key: key(text), rangeEnd, prevKv: true } }] });
    },
    async all(revision = 0) {
      const { kvs } = await kv.range({ ...range, revision });
      return kvs.map((entry) => `${scope.text(entry.key)}=${fromUtf8(entry.value)}`);
    },
    revision: async () => (await kv.range({ key: key(''), countOnly: true })).header.revision,
    watch: (more = {}) => createWatchReader(scope, kv.watch({ ...range, ...more })),
  };
  return scope;
}

/** Reads a watch in the background, so that a store under virtual time is never waited for without driving it. */
export interface WatchReader {
  readonly stream: WatchStream;
  readonly responses: readonly WatchResponse[];
  readonly ended: boolean;
  /** Events so far, as 'put key=value' and 'delete key'. */
  events(): readonly string[];
  /** Lets time pass until so many responses are there. */
  until(condition: (reader: WatchReader) => boolean): Promise<void>;
}

function createWatchReader(scope: Scope, stream: WatchStream): WatchReader {
  const responses: WatchResponse[] = [];
  let ended = false;
  const read = async (): Promise<void> => {
    for await (const response of stream) responses.push(response);
  };
  const end = (): void => {
    ended = true;
  };
  read().then(end, end);
  const textOf = ({ type, kv }: KvEvent): string =>
    type === 'put' ? `put ${scope.text(kv.key)}=${fromUtf8(kv.value)}` : `delete ${scope.text(kv.key)}`;
  const reader: WatchReader = {
    stream,
    responses,
    get ended() {
      return ended;
    },
    events: () => responses.flatMap((response) => (response.type === 'events' ? response.events.map(textOf) : [])),
    async until(condition) {
      for (let i = 0; i < 500 && !condition(reader); i++) await scope.harness.advance(10);
      if (!condition(reader)) throw new Error(`the watch did not get there; it told ${reader.events().join(', ')}`);
    },
  };
  return reader;
}
