import { createDeferred, type Deferred } from '@trireme/base';
import { RpcError } from '../mapping/index.ts';
import type { Send } from '../service/index.ts';
import type { HttpCall, HttpCallListener } from './http-call.ts';
import { MessageReader } from './message-reader.ts';
import { failureOf, type ServedMethod, type StreamsMethod } from './served-method.ts';
import { ServerCall } from './server-call.ts';

/** Requests that wait for their handler, before their sender is held back. */
const maxWaitingBytes = 64 * 1024;

/** A stream of answers, to a stream of requests or to one. */
export class StreamsCall extends ServerCall implements HttpCallListener {
  readonly #served: ServedMethod<StreamsMethod>;
  readonly #reader: MessageReader;
  /** The handler waits for a request. */
  #wanting: Deferred<IteratorResult<object>> | undefined;
  #ended = false;
  #paused = false;
  #room: Deferred<void> | undefined;

  constructor(http: HttpCall, served: ServedMethod<StreamsMethod>) {
    super(http);
    this.#served = served;
    this.#reader = new MessageReader(this.limits(served.maxMessageBytes));
    if (this.startDeadline()) this.#start();
  }

  #start(): void {
    const requests: AsyncIterable<object> = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
    const failed = (error: unknown): void => {
      if (!this.over) this.fail(failureOf(error, this.#served));
    };
    try {
      this.#served.method.handle(requests, this.#send, this, this).then(() => this.succeed(undefined), failed);
    } catch (error) {
      failed(error);
    }
  }

  onBody(bytes: Buffer): void {
    if (this.over) return;
    this.#reader.push(bytes);
    this.#deliver();
    if (this.#reader.sizeBytes < maxWaitingBytes || !this.#reader.ready) return;
    this.#paused = true;
    this.http.pause();
  }

  onBodyEnd(): void {
    this.#ended = true;
    // A part of a message is the end of a caller that broke off.
    if (!this.#reader.ready && this.#reader.sizeBytes > 0) this.fail(new RpcError('internal', 'unexpected EOF'));
    else this.#deliver();
  }

  onRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  protected override stop(): void {
    super.stop();
    this.#ended = true;
    this.#wanting?.resolve({ done: true, value: undefined });
    this.#wanting = undefined;
    // Who waits for room looks again, and finds that the call is over.
    this.onRoom();
  }

  #next(): Promise<IteratorResult<object>> {
    const wanting = createDeferred<IteratorResult<object>>();
    this.#wanting = wanting;
    this.#deliver();
    return wanting.promise;
  }

  /** Hands the handler the next request, if it waits for one and one is there. */
  #deliver(): void {
    const wanting = this.#wanting;
    if (!wanting) return;
    try {
      const message = this.over ? undefined : this.#reader.next();
      if (message) wanting.resolve({ done: false, value: this.#served.decode(message) });
      else if (this.#ended) wanting.resolve({ done: true, value: undefined });
      else return;
      this.#wanting = undefined;
    } catch (error) {
      this.fail(failureOf(error, this.#served));
    }
    if (!this.#paused || this.#reader.sizeBytes >= maxWaitingBytes) return;
    this.#paused = false;
    this.http.resume();
  }

  readonly #send: Send = async (message) => {
    // Several may send at once, and each waits for those before it.
    while (this.#room && !this.over) await this.#room.promise;
    if (!this.over && !this.http.write(this.#served.frame(message))) {
      this.#room ??= createDeferred();
      await this.#room.promise;
    }
    if (this.over) throw new RpcError('cancelled', 'the caller is gone');
  };
}
