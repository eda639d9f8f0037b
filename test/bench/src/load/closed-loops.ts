import { type Call, type Connection, connectGrpc, type Endpoint } from './connection.ts';
import { lookAtRange, type RangeSeen, revisionOf } from './etcd-answers.ts';
import {
  type EtcdRequest,
  getRequest,
  keyOf,
  putRequest,
  rangeOfKeys,
  valueBytes,
  writeDigits,
} from './etcd-requests.ts';
import { Histogram } from './histogram.ts';
import type { LoopWork } from './jobs.ts';
import { createNumbers, type Numbers } from './numbers.ts';
import { createTemplate, type Template } from './template.ts';
import type { Counts } from './window.ts';

export const mostConnections = 100;
export const keysInRange = 100;

/** One connection for each client up to a hundred, spread over the members in their order. */
export async function connectAll(
  endpoints: readonly Endpoint[],
  clients: number,
): Promise<{ readonly connection: Connection; readonly endpoint: Endpoint }[]> {
  const count = Math.min(clients, mostConnections);
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const endpoint = endpoints[index % endpoints.length] as Endpoint;
      return { endpoint, connection: await connectGrpc(endpoint, now) };
    }),
  );
}

export const now = (): number => performance.now();

/** What all clients of one run share. */
export class LoopRun implements Counts {
  readonly latency = new Histogram();
  errors = 0;
  counting = false;
  stopping = false;
  /** The newest revision of any acknowledged answer: what starts later has to show it. */
  newestRevision = 0;
  readonly numbers: Numbers;
  readonly keys: number;
  /** Set where keys are written in order: how many are left to be taken. */
  nextKey: number | undefined;
  failure: Error | undefined;
  firstError = '';

  constructor(keys: number, seed: number) {
    this.keys = keys;
    this.numbers = createNumbers(seed);
  }

  fail(problem: string): void {
    this.failure ??= new Error(problem);
    this.stopping = true;
  }
}

interface Operation {
  readonly kind: 'put' | 'get' | 'get-serializable' | 'range-100';
  readonly request: EtcdRequest;
  readonly template: Template;
}

/** The operations of a work, made for one endpoint. */
export function operationsOf(work: LoopWork, endpoint: Endpoint): readonly Operation[] {
  const operation = (kind: Operation['kind']): Operation => {
    const request = requestOf(kind);
    const authority = `${endpoint.host}:${endpoint.port}`;
    const scheme = endpoint.tls ? 'https' : 'http';
    return {
      kind,
      request,
      template: createTemplate({ path: request.path, authority, scheme, message: request.message }),
    };
  };
  return work === 'mixed-90-10' ? [operation('get'), operation('put')] : [operation(work)];
}

function requestOf(kind: Operation['kind']): EtcdRequest {
  if (kind === 'put') return putRequest(keyOf(0), createNumbers(7).bytes(valueBytes));
  if (kind === 'range-100') return rangeOfKeys();
  return getRequest({ serializable: kind === 'get-serializable' });
}

const seen: RangeSeen = { revision: 0, count: 0, kvs: 0, valueBytes: 0 };

/** A client: it asks, waits for the answer, and asks again. */
export class LoopClient implements Call {
  readonly #run: LoopRun;
  readonly #connection: Connection;
  readonly #operations: readonly Operation[];
  #operation: Operation;
  #sentMs = 0;
  #floor = 0;
  #answered = false;

  constructor(run: LoopRun, connection: Connection, operations: readonly Operation[]) {
    this.#run = run;
    this.#connection = connection;
    this.#operations = operations;
    this.#operation = operations[0] as Operation;
  }

  get template(): Template {
    return this.#operation.template;
  }

  next(): void {
    const run = this.#run;
    if (run.stopping || (run.nextKey !== undefined && run.nextKey >= run.keys)) return;
    // Of two operations the second is a tenth.
    const choice = this.#operations.length > 1 && run.numbers.below(10) === 0 ? 1 : 0;
    this.#operation = this.#operations[choice] as Operation;
    this.#answered = false;
    this.#connection.start(this);
  }

  fill(out: Buffer, messageAt: number, nowMs: number): void {
    const run = this.#run;
    const { kind, request } = this.#operation;
    this.#sentMs = nowMs;
    this.#floor = run.newestRevision;
    const most = kind === 'range-100' ? run.keys - keysInRange : run.keys;
    const index = run.nextKey === undefined ? run.numbers.below(most) : run.nextKey++;
    const [keyAt, endAt] = request.digitsAt;
    if (keyAt !== undefined) writeDigits(out, messageAt + keyAt, index);
    if (endAt !== undefined) writeDigits(out, messageAt + endAt, index + keysInRange);
    if (request.valueAt > 0) out.writeUInt32LE(run.numbers.next(), messageAt + request.valueAt);
  }

  onMessage(bytes: Buffer, start: number, end: number): void {
    this.#answered = true;
    const { kind } = this.#operation;
    if (kind === 'put') {
      const revision = revisionOf(bytes, start, end);
      if (revision <= this.#floor)
        this.#run.fail(`a put got revision ${revision}, and ${this.#floor} was acknowledged before it began`);
      this.#advance(revision);
      return;
    }
    lookAtRange(bytes, start, end, seen);
    const wanted = kind === 'range-100' ? keysInRange : 1;
    if (seen.kvs !== wanted || seen.count !== wanted || seen.valueBytes !== valueBytes)
      this.#run.fail(
        `a read of ${wanted} got ${seen.kvs} (count ${seen.count}), the first of ${seen.valueBytes} bytes`,
      );
    if (kind === 'get-serializable') return;
    if (seen.revision < this.#floor)
      this.#run.fail(`a read showed revision ${seen.revision}, and ${this.#floor} was acknowledged before it began`);
    this.#advance(seen.revision);
  }

  onEnd(status: number, message: string, nowMs: number): void {
    const run = this.#run;
    if (status === 0 && this.#answered) {
      if (run.counting) run.latency.record(nowMs - this.#sentMs);
    } else if (!run.stopping) {
      run.errors += 1;
      run.firstError ||= `status ${status}: ${message}`;
      // A server that refuses everything is not worth asking as fast as it can say so.
      if (run.errors > 1000) run.fail(`over 1000 calls failed, the first with ${run.firstError}`);
    }
    this.next();
  }

  #advance(revision: number): void {
    if (revision > this.#run.newestRevision) this.#run.newestRevision = revision;
  }
}
