import { CodedError } from '@trireme/base';
import type { Body, HttpHandler, Time, Timer } from '@trireme/ports';

/** How long one process lives, in a program that holds many. When it ends, nothing of it moves any more. */
export interface Lifetime {
  readonly ended: boolean;
  /** The time as this process has it. After the end its timers never fire. */
  readonly time: Time;
  /** Called at the end, once; returns the way to stop that. */
  onEnd(listener: () => void): () => void;
  /** For those outside who wait for this process: as `work` goes, or rejects at the end. */
  during<T>(work: Promise<T>): Promise<T>;
  /** Ends it, as a kill does: no warning, nothing is finished. Safe to repeat. */
  end(): void;
}

/** `name` is for the errors of those who wait in vain. */
export function createLifetime(time: Time, name: string): Lifetime {
  const timers = new Set<Timer>();
  const listeners = new Set<() => void>();
  let ended = false;
  const onEnd = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return {
    get ended() {
      return ended;
    },
    time: {
      now: time.now,
      monotonic: time.monotonic,
      after(delayMs, callback) {
        if (ended) return { cancel: () => undefined };
        const timer = time.after(delayMs, () => {
          timers.delete(timer);
          callback();
        });
        timers.add(timer);
        return {
          cancel() {
            timers.delete(timer);
            timer.cancel();
          },
        };
      },
    },
    onEnd,
    during(work) {
      return new Promise((resolve, reject) => {
        const broken = (): void =>
          reject(new CodedError('broken-off', `${name} was stopped while it was being asked.`));
        const forget = onEnd(broken);
        if (ended) broken();
        work.then(resolve, reject).finally(forget);
      });
    },
    end() {
      if (ended) return;
      ended = true;
      for (const timer of timers) timer.cancel();
      timers.clear();
      for (const listener of [...listeners]) listener();
      listeners.clear();
    },
  };
}

/** A server that is there as long as its process: later requests find nobody, and open answers break off. */
export function mortalHandler(handler: HttpHandler, life: Lifetime, name: string): HttpHandler {
  return async (request, peer) => {
    if (life.ended) throw new CodedError('unreachable', `${name} does not run. Start it first.`);
    const response = await life.during(handler(request, peer));
    const { onUpgrade } = response;
    return {
      ...response,
      body: mortalBody(response.body, life),
      onUpgrade:
        onUpgrade &&
        ((stream) => {
          life.onEnd(() => stream.destroy());
          onUpgrade(stream);
        }),
    };
  };
}

function mortalBody(body: Body, life: Lifetime): Body {
  if (body instanceof Uint8Array) return body;
  return {
    [Symbol.asyncIterator]() {
      const source = body[Symbol.asyncIterator]();
      return {
        next: () => life.during(source.next()),
        async return() {
          if (!life.ended) await source.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
