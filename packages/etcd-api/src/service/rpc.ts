import type { CancelSignal } from '@trireme/ports';

/** Resolves when there is room for more. Rejects when the call is over, so that who sends in a loop stops. */
export type Send = (message: object) => Promise<void>;

/** Who calls, and what is said beside the requests. */
export interface RpcCaller {
  /** What came along with the call (gRPC's metadata), by its name in lower case. */
  metadata(name: string): string | undefined;
  /** What TLS has proven; undefined where no certificate was shown. */
  readonly certificate?: CallerCertificate | undefined;
}

export interface CallerCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/**
 * A method of the API with nothing of the transport in it: messages come decoded and go undecorated. What a handler throws
 * ends the call; `toRpcError` tells with which status. `streams` is also the kind of a method that streams only its answer:
 * then `requests` is the one request. A transport that does not know its callers leaves them out.
 */
export type RpcMethod =
  | {
      readonly kind: 'unary';
      /** '/etcdserverpb.KV/Range' */
      readonly path: string;
      handle(request: object, signal: CancelSignal, caller?: RpcCaller): Promise<object>;
    }
  | {
      readonly kind: 'streams';
      readonly path: string;
      /** The call ends when the promise settles. `signal` aborts when the caller is gone. */
      handle(requests: AsyncIterable<object>, send: Send, signal: CancelSignal, caller?: RpcCaller): Promise<void>;
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
  handle: (request: Request, signal: CancelSignal, caller?: RpcCaller) => Promise<object>,
): RpcMethod {
  return { kind: 'unary', path, handle: (request, signal, caller) => handle(request as Request, signal, caller) };
}

export function streams<Request extends object>(
  path: string,
  handle: (requests: AsyncIterable<Request>, send: Send, signal: CancelSignal, caller?: RpcCaller) => Promise<void>,
): RpcMethod {
  return {
    kind: 'streams',
    path,
    handle: (requests, send, signal, caller) => handle(requests as AsyncIterable<Request>, send, signal, caller),
  };
}
