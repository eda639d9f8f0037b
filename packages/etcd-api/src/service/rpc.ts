import type { CancelSignal } from '@trireme/ports';

/** Resolves when there is room for more. Rejects when the call is over, so that who sends in a loop stops. */
export type Send = (message: object) => Promise<void>;

/**
 * A method of the API with nothing of the transport in it: messages come decoded and go undecorated. What a handler throws
 * ends the call; `toRpcError` tells with which status.
 */
export type RpcMethod =
  | {
      readonly kind: 'unary';
      /** '/etcdserverpb.KV/Range' */
      readonly path: string;
      handle(request: object, signal: CancelSignal): Promise<object>;
    }
  | {
      readonly kind: 'streams';
      readonly path: string;
      /** The call ends when the promise settles. `signal` aborts when the caller is gone. */
      handle(requests: AsyncIterable<object>, send: Send, signal: CancelSignal): Promise<void>;
    };

/** Carries the methods: the seam at which another transport can take the place of the present one. */
export interface RpcServer {
  /** 'https://127.0.0.1:2379', one for each address listened at. */
  readonly urls: readonly string[];
  /** Ends every call. */
  close(): Promise<void>;
}

// The codec decodes to what the path names, which the type system cannot know: the one place that says so.
export function unary<Request extends object>(
  path: string,
  handle: (request: Request, signal: CancelSignal) => Promise<object>,
): RpcMethod {
  return { kind: 'unary', path, handle: (request, signal) => handle(request as Request, signal) };
}

export function streams<Request extends object>(
  path: string,
  handle: (requests: AsyncIterable<Request>, send: Send, signal: CancelSignal) => Promise<void>,
): RpcMethod {
  const untyped = (requests: AsyncIterable<object>, send: Send, signal: CancelSignal): Promise<void> =>
    handle(requests as AsyncIterable<Request>, send, signal);
  return { kind: 'streams', path, handle: untyped };
}
