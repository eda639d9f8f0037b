import { KvError } from '@trireme/ports';
import { RpcError } from '../mapping/index.ts';
import type { HttpCall, HttpCallListener } from './http-call.ts';
import { MessageReader, wholeMessage } from './message-reader.ts';
import { failureOf, type ServedMethod, type UnaryMethod } from './served-method.ts';
import { ServerCall } from './server-call.ts';

/** One message, one answer. */
export class UnaryCall extends ServerCall implements HttpCallListener {
  readonly #served: ServedMethod<UnaryMethod>;
  #reader: MessageReader | undefined;
  #asked = false;

  constructor(http: HttpCall, served: ServedMethod<UnaryMethod>) {
    super(http);
    this.#served = served;
    this.startDeadline();
  }

  onBody(bytes: Buffer): void {
    // What comes after the request, or after the answer, is of no interest.
    if (this.#asked || this.over) return;
    try {
      const message = this.#read(bytes);
      if (message) this.#ask(message);
    } catch (error) {
      this.fail(failureOf(error, this.#served));
    }
  }

  onBodyEnd(): void {
    if (this.#asked || this.over) return;
    const why = this.#reader
      ? 'unexpected EOF'
      : 'cardinality violation: received no request message from non-client-streaming RPC';
    this.fail(new RpcError('internal', why));
  }

  onRoom(): void {}

  #read(bytes: Buffer): Buffer | undefined {
    const { maxMessageBytes } = this.#served;
    const whole = this.#reader ? undefined : wholeMessage(bytes, maxMessageBytes);
    if (whole) return whole;
    this.#reader ??= new MessageReader(this.limits(maxMessageBytes));
    this.#reader.push(bytes);
    return this.#reader.next();
  }

  #ask(message: Buffer): void {
    const { method, decode, maxRequestBytes } = this.#served;
    this.#asked = true;
    this.#reader = undefined;
    if (message.length > maxRequestBytes)
      throw new KvError('request-too-large', `A request may take ${maxRequestBytes} bytes and took ${message.length}.`);
    method.handle(decode(message), this, this).then(this.#answered, this.#failed);
  }

  readonly #answered = (response: object): void => {
    if (this.over) return;
    try {
      this.succeed(this.#served.frame(response));
    } catch (error) {
      this.#failed(error);
    }
  };

  readonly #failed = (error: unknown): void => {
    if (!this.over) this.fail(failureOf(error, this.#served));
  };
}
