import type { CallerCertificate } from '../service/index.ts';

/**
 * One request as HTTP/2 carries it, with all that gRPC needs of HTTP/2 and nothing more. It is the seam between the two:
 * `http2/` implements it over `node:http2`, and another HTTP/2 can take its place.
 *
 * Ownership: bytes given to `write` and `end` may not be changed afterwards. Bytes told to the listener are its own.
 */
export interface HttpCall {
  readonly method: string;
  /** With the query, if there is one. */
  readonly path: string;
  /** By its name in lower case. Names that stand several times are joined, as HTTP does. */
  header(name: string): string | undefined;
  /** What TLS has proven of the caller. */
  readonly certificate: CallerCertificate | undefined;
  /** Sends a part of the answer, before the first one gRPC's head. False: send no more before `onRoom`. */
  write(bytes: Buffer): boolean;
  /** Ends the answer with gRPC's trailers. Without a part before it, and without `last`, head and trailers are one. */
  end(last: Buffer | undefined, trailers: Trailers): void;
  /** The whole of an answer that is not gRPC's. */
  answer(page: Page): void;
  /** While paused the caller is held back by its window; `resume` undoes it. */
  pause(): void;
  resume(): void;
}

export type Trailers = Readonly<Record<string, string>>;

export interface Page {
  readonly status: number;
  readonly contentType?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: string;
}

/** Told in this order: any number of `onBody` and `onRoom`, `onBodyEnd` if the body is whole, and `onClose`, once. */
export interface HttpCallListener {
  onBody(bytes: Buffer): void;
  onBodyEnd(): void;
  /** There is room again after `write` said that there was none. */
  onRoom(): void;
  /** Nothing goes either way any more, whether the answer was sent or the caller is gone. */
  onClose(): void;
}

/** Takes each request. It is called before any of the body is told. */
export type AcceptCall = (call: HttpCall) => HttpCallListener;
