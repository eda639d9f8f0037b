import type { Bytes } from '@trireme/base';
import type { CancelSignal } from './time.ts';

/**
 * HTTP as values, so that a server is a function and a client can call it with or without sockets between them.
 * Header names are lower case. `path` carries the query: '/api/v1/pods?watch=1'.
 */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body?: Body | undefined;
  /** The caller went away, or gave up. */
  readonly signal?: CancelSignal | undefined;
}

export type Headers = Readonly<Record<string, string>>;
export type Body = Bytes | AsyncIterable<Bytes>;

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** A stream is read by one consumer; leaving it early cancels the request. */
  readonly body: Body;
  /** With status 101: what flows after the upgrade. A server is given the stream through `onUpgrade`. */
  readonly stream?: ByteStream | undefined;
  readonly onUpgrade?: ((stream: ByteStream) => void) | undefined;
  /** The body is finite and large: an adapter may compress it for a client that accepts that. */
  readonly compressible?: boolean | undefined;
}

/** Both directions of a connection. */
export interface ByteStream {
  /** Read by one consumer; ends when the other side ended its writing. */
  readonly incoming: AsyncIterable<Bytes>;
  /** Resolves when there is room for more; rejects once the connection is gone. */
  write(bytes: Bytes): Promise<void>;
  /** Ends our writing. */
  end(): void;
  /** Drops the connection at once. Safe to repeat. */
  destroy(): void;
}

/** Who is at the other end, as the connection itself proves it. */
export interface Peer {
  readonly address: string;
  /** The client certificate, already verified against the server's client CA. */
  readonly certificate?:
    | { readonly commonName: string; readonly organizations: readonly string[]; readonly fingerprint: string }
    | undefined;
  /** Why the certificate that was shown did not verify. A server that authenticates refuses such a peer. */
  readonly certificateError?: string | undefined;
}

/** A server as a function. It answers every request; what it throws is a bug and becomes a 500. */
export type HttpHandler = (request: HttpRequest, peer: Peer) => Promise<HttpResponse>;

/** A client's way to one server (or to a set of equal ones). Rejects only where no response came. */
export interface HttpTransport {
  request(request: HttpRequest): Promise<HttpResponse>;
  close?(): Promise<void>;
}

/** Reads a body whole. `limitBytes` guards memory: beyond it, undefined is returned and the rest is not read. */
export async function readBody(body: Body | undefined, limitBytes: number): Promise<Uint8Array | undefined> {
  if (body === undefined) return new Uint8Array(0);
  if (body instanceof Uint8Array) return body.length <= limitBytes ? body : undefined;
  const parts: Bytes[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > limitBytes) return undefined;
    parts.push(part);
  }
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
