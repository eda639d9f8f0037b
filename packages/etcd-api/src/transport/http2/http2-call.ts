import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from 'node:http2';
import type { CallerCertificate } from '../../service/index.ts';
import type { HttpCall, HttpCallListener, Page, Trailers } from '../http-call.ts';
import { plainText } from '../pages.ts';

/** What a call knows of its connection. */
export interface CallConnection {
  readonly certificate: CallerCertificate | undefined;
  /** Something of an answer is sent: who pings while answers come is no flooder. */
  onSend(): void;
  onCallClosed(): void;
}

const head = { ':status': 200, 'content-type': 'application/grpc' } as const;
const withTrailers = { waitForTrailers: true, sendDate: false } as ServerStreamResponseOptions;
const alone = { endStream: true, sendDate: false } as ServerStreamResponseOptions;

const noHeaders: IncomingHttpHeaders = {};

/** A stream of `node:http2` as a call. */
export class Http2Call implements HttpCall {
  readonly #stream: ServerHttp2Stream;
  #headers: IncomingHttpHeaders;
  readonly #connection: CallConnection;
  #trailers: Trailers | undefined;
  #bodyEnded = false;
  #pausedOnce = false;
  /** Undefined once it was told that the call is closed. */
  #listener: HttpCallListener | undefined;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, connection: CallConnection) {
    this.#stream = stream;
    this.#headers = headers;
    this.#connection = connection;
    // An error is told by the 'close' after it.
    stream.on('error', ignore);
  }

  get method(): string {
    return this.#headers[':method'] ?? '';
  }

  get path(): string {
    return this.#headers[':path'] ?? '';
  }

  get certificate(): CallerCertificate | undefined {
    return this.#connection.certificate;
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  }

  /** From now on the listener is told what happens. As few events as may be are listened to: each costs every call. */
  listen(listener: HttpCallListener): void {
    this.#listener = listener;
    const stream = this.#stream;
    stream.on('data', (bytes: Buffer) => this.#listener?.onBody(bytes));
    stream.on('end', () => {
      this.#bodyEnded = true;
      // The body of a stream that was reset ends too, but is not whole.
      if (!stream.aborted) this.#listener?.onBodyEnd();
    });
    stream.on('close', this.#close);
  }

  readonly #close = (): void => {
    const listener = this.#listener;
    if (!listener) return;
    // The native half of a stream lives until the next full collection, and holds the rest, which is to be little.
    this.#listener = undefined;
    this.#headers = noHeaders;
    this.#connection.onCallClosed();
    listener.onClose();
  };

  write(bytes: Buffer): boolean {
    const stream = this.#stream;
    if (stream.closed || stream.destroyed) return true;
    this.#connection.onSend();
    if (!stream.headersSent) this.#start();
    if (stream.write(bytes)) return true;
    stream.once('drain', () => this.#listener?.onRoom());
    return false;
  }

  end(last: Buffer | undefined, trailers: Trailers): void {
    const stream = this.#stream;
    if (stream.closed || stream.destroyed) return;
    this.#connection.onSend();
    if (!last && !stream.headersSent) {
      stream.respond({ ...head, ...trailers }, alone);
      this.#leave();
      return;
    }
    if (!stream.headersSent) this.#start();
    this.#trailers = trailers;
    stream.end(last);
  }

  answer({ status, contentType = plainText, headers, body }: Page): void {
    const stream = this.#stream;
    if (stream.closed || stream.destroyed) return;
    this.#connection.onSend();
    stream.respond({ ':status': status, 'content-type': contentType, ...headers });
    stream.end(body);
    stream.resume();
  }

  pause(): void {
    // While the body is held back the stream does not close, and its end is heard of by this.
    if (!this.#pausedOnce) this.#stream.once('aborted', this.#close);
    this.#pausedOnce = true;
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  #start(): void {
    this.#stream.on('wantTrailers', this.#sendTrailers);
    this.#stream.respond(head, withTrailers);
  }

  readonly #sendTrailers = (): void => {
    this.#stream.sendTrailers(this.#trailers ?? {});
    this.#leave();
  };

  /** What the caller has yet to say does not matter any more; it is told so when it has the answer. */
  #leave(): void {
    if (this.#bodyEnded) return;
    // The trailers go out in a later turn, and before this.
    setImmediate(() => {
      if (!this.#bodyEnded && !this.#stream.closed) this.#stream.close(constants.NGHTTP2_NO_ERROR);
    });
  }
}

function ignore(): void {}
