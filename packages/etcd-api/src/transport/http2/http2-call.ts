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
}

const head = { ':status': 200, 'content-type': 'application/grpc' } as const;
const withTrailers = { waitForTrailers: true, sendDate: false } as ServerStreamResponseOptions;
const alone = { endStream: true, sendDate: false } as ServerStreamResponseOptions;

/** A stream of `node:http2` as a call. */
export class Http2Call implements HttpCall {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #connection: CallConnection;
  #trailers: Trailers | undefined;
  #bodyEnded = false;

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

  /** From now on the listener is told what happens. */
  listen(listener: HttpCallListener): void {
    const stream = this.#stream;
    let closed = false;
    const close = (): void => {
      if (closed) return;
      closed = true;
      listener.onClose();
    };
    stream.on('data', (bytes: Buffer) => listener.onBody(bytes));
    stream.on('end', () => {
      this.#bodyEnded = true;
      // The body of a stream that was reset ends too, but is not whole.
      if (!stream.aborted) listener.onBodyEnd();
    });
    stream.on('drain', () => listener.onRoom());
    // A reset is heard of by 'aborted' even while the body is held back.
    stream.on('aborted', close);
    stream.on('close', close);
  }

  write(bytes: Buffer): boolean {
    const stream = this.#stream;
    if (stream.closed || stream.destroyed) return true;
    this.#connection.onSend();
    if (!stream.headersSent) this.#start();
    return stream.write(bytes);
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
