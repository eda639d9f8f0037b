import type { CancelSignal } from '@trireme/ports';
import { RpcError } from '../mapping/index.ts';
import type { CallerCertificate, RpcCaller } from '../service/index.ts';
import { okTrailers, parseTimeout, trailersOf } from './grpc-headers.ts';
import type { HttpCall } from './http-call.ts';
import type { MessageLimits } from './message-reader.ts';

/**
 * What all calls have. It is itself the signal and the caller that its handler is given, since there are many calls, and
 * few whose handler looks at either.
 */
export class ServerCall implements CancelSignal, RpcCaller {
  protected readonly http: HttpCall;
  /** True when nothing more is to be sent: it was ended, or its caller is gone. */
  protected over = false;
  aborted = false;
  #listeners: Set<() => void> | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(http: HttpCall) {
    this.http = http;
  }

  /** Starts the time that the caller gives it. False if the caller has said it wrongly. */
  protected startDeadline(): boolean {
    const header = this.http.header('grpc-timeout');
    if (header === undefined) return true;
    try {
      const timeoutMs = parseTimeout(header);
      if (timeoutMs !== undefined) this.#deadline = setTimeout(expire, timeoutMs, this);
      return true;
    } catch (error) {
      this.fail(error as RpcError);
      return false;
    }
  }

  metadata(name: string): string | undefined {
    return this.http.header(name);
  }

  get certificate(): CallerCertificate | undefined {
    return this.http.certificate;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  protected succeed(last: Buffer | undefined): void {
    if (this.over) return;
    this.stop();
    this.http.end(last, okTrailers);
  }

  /** Ends the call with a failure. Its handler may still be at work, and hears of it. */
  fail(failure: RpcError): void {
    if (this.over) return;
    this.stop();
    this.http.end(undefined, trailersOf(failure));
    this.abort();
  }

  onClose(): void {
    const unanswered = !this.over;
    this.stop();
    if (unanswered) this.abort();
  }

  protected limits(maxMessageBytes: number): MessageLimits {
    return { maxMessageBytes, encoding: this.http.header('grpc-encoding') };
  }

  protected stop(): void {
    this.over = true;
    if (this.#deadline !== undefined) clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  protected abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners) for (const listener of listeners) listener();
  }
}

function expire(call: ServerCall): void {
  call.fail(new RpcError('deadline-exceeded', 'context deadline exceeded'));
}
