import type { CallOptions, Client } from '@grpc/grpc-js';
import { type AsyncQueue, createAsyncQueue } from '@trireme/base';
import { type CancelSignal, type Logger, RuntimeError } from '@trireme/ports';
import { type CriCodec, type CriService, createCriCodec } from './codec.ts';

export interface UnaryOptions {
  /** From now; without it the call may take as long as it takes. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: CancelSignal | undefined;
}

/** Calls of the CRI services on one socket. A lost connection comes back by itself; calls meanwhile fail fast. */
export interface CriChannel {
  unary<Response>(service: CriService, method: string, request: object, options: UnaryOptions): Promise<Response>;
  /** The stream's end or failure ends the queue's. */
  serverStream<Response>(service: CriService, method: string, signal: CancelSignal): AsyncIterable<Response>;
  close(): void;
}

const maxMessageBytes = 16 * 1024 * 1024;

// gRPC over a unix socket has no host name; without this one containerd's HTTP/2 server answers PROTOCOL_ERROR.
const channelOptions = {
  'grpc.default_authority': 'localhost',
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 3000,
  'grpc.enable_retries': 0,
} as const;

interface Open {
  readonly client: Client;
  readonly codec: CriCodec;
}

/** Nothing is loaded or connected before the first call. */
export function createCriChannel(socketPath: string, logger: Logger): CriChannel {
  let opening: Promise<Open> | undefined;
  let closed = false;

  const open = (): Promise<Open> => {
    if (closed) throw new RuntimeError('unavailable', `call the runtime at ${socketPath}: this client was closed`);
    opening ??= (async () => {
      const [{ Client, credentials }, codec] = await Promise.all([import('@grpc/grpc-js'), createCriCodec()]);
      logger.log('debug', 'talking to the container runtime', { socketPath });
      return { client: new Client(`unix://${socketPath}`, credentials.createInsecure(), channelOptions), codec };
    })();
    return opening;
  };

  return {
    async unary<Response>(service: CriService, method: string, request: object, options: UnaryOptions) {
      if (options.signal?.aborted) throw new RuntimeError('timeout', `${method}: given up by the caller`);
      const { client, codec } = await open();
      return callUnary<Response>(client, codec, service, method, request, options);
    },
    serverStream<Response>(service: CriService, method: string, signal: CancelSignal) {
      let cancel = (): void => undefined;
      const queue = createAsyncQueue<Response>(() => cancel());
      const start = async (): Promise<void> => {
        const { client, codec } = await open();
        cancel = readStream(client, codec, service, method, signal, queue);
      };
      start().catch((error: unknown) => queue.fail(error));
      return queue;
    },
    close() {
      closed = true;
      opening?.then(
        ({ client }) => client.close(),
        () => undefined,
      );
    },
  };
}

function callUnary<Response>(
  client: Client,
  codec: CriCodec,
  service: CriService,
  method: string,
  request: object,
  options: UnaryOptions,
): Promise<Response> {
  const names = codec.method(service, method);
  const callOptions: CallOptions =
    options.timeoutMs === undefined ? {} : { deadline: Date.now() + Math.max(1, options.timeoutMs) };
  return new Promise<Response>((resolve, reject) => {
    const abort = (): void => call.cancel();
    const call = client.makeUnaryRequest(
      `/runtime.v1.${service}/${method}`,
      (value: object) => codec.encode(names.request, value),
      (bytes: Buffer) => codec.decode(names.response, bytes) as Response,
      request,
      callOptions,
      (error, response) => {
        options.signal?.removeEventListener('abort', abort);
        if (error) reject(error);
        else resolve(response as Response);
      },
    );
    options.signal?.addEventListener('abort', abort);
  });
}

function readStream<Response>(
  client: Client,
  codec: CriCodec,
  service: CriService,
  method: string,
  signal: CancelSignal,
  queue: AsyncQueue<Response>,
): () => void {
  const names = codec.method(service, method);
  const call = client.makeServerStreamRequest(
    `/runtime.v1.${service}/${method}`,
    (value: object) => codec.encode(names.request, value),
    (bytes: Buffer) => codec.decode(names.response, bytes) as Response,
    {},
  );
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  call.on('data', (message: Response) => queue.push(message));
  call.on('end', () => queue.end());
  call.on('error', (error) => {
    signal.removeEventListener('abort', cancel);
    if (signal.aborted) queue.end();
    else queue.fail(error);
  });
  return cancel;
}
