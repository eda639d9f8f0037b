import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate as TlsCertificate } from 'node:tls';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  type VerifyOptions,
} from '@grpc/grpc-js';
import { type CancelSignal, KvError } from '@trireme/ports';
import { createEtcdCodec, type EtcdCodec } from './codec.ts';
import { rpcCodes, toKvError } from './mapping/index.ts';

/** PEM, all of it. */
export interface EtcdClientTls {
  readonly ca: string;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** A call with a stream each way. What is not read is held back at the sender. */
export interface StreamsCall extends AsyncIterable<object> {
  send(message: object): void;
  cancel(): void;
}

/** Calls to one of several servers: while one answers it is kept, and left for the next when it does not. */
export interface GrpcChannel {
  readonly endpointCount: number;
  readonly closed: boolean;
  unary(path: string, request: object, signal: CancelSignal | undefined): Promise<object>;
  streams(path: string): StreamsCall;
  close(): void;
}

const channelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 3_000,
  'grpc.enable_retries': 0,
} as const;

export function createGrpcChannel(endpoints: readonly string[], tls: EtcdClientTls | undefined): GrpcChannel {
  if (endpoints.length === 0) throw new KvError('unavailable', 'connect to etcd: no endpoint is given. Give one.');
  const codec = createEtcdCodec();
  const clients = endpoints.map((endpoint) => createClient(endpoint, tls));
  let current = 0;
  let closed = false;

  const client = (): Client => {
    if (closed) throw new KvError('stopped', 'call etcd: this client was closed. Make another one.');
    return clients[current % clients.length] as Client;
  };
  const failed = (from: Client, error: ServiceError): void => {
    if (error.code === rpcCodes.unavailable && clients[current % clients.length] === from) current += 1;
  };

  return {
    endpointCount: clients.length,
    get closed() {
      return closed;
    },
    async unary(path, request, signal) {
      const to = client();
      try {
        return await callUnary(to, codec, path, request, signal);
      } catch (error) {
        throw asKvError(error, path, (problem) => failed(to, problem));
      }
    },
    streams(path) {
      const to = client();
      return callStreams(to, codec, path, (problem) => failed(to, problem));
    },
    close() {
      closed = true;
      for (const each of clients) each.close();
    },
  };
}

function createClient(endpoint: string, tls: EtcdClientTls | undefined): Client {
  const { protocol, host, hostname } = new URL(
    endpoint.includes('://') ? endpoint : `${tls ? 'https' : 'http'}://${endpoint}`,
  );
  if (protocol !== 'https:') return new Client(host, credentials.createInsecure(), channelOptions);
  const bytes = (pem: string | undefined): Buffer | null => (pem === undefined ? null : Buffer.from(pem));
  const address = hostname.replace(/^\[|\]$/g, '');
  // The library sends the host as the name of the server, which TLS forbids for an address. So another name is sent, and the
  // certificate is checked for the address.
  const byAddress = isIP(address) !== 0;
  const verify: VerifyOptions = byAddress
    ? { checkServerIdentity: (_name, certificate) => checkServerIdentity(address, certificate as TlsCertificate) }
    : {};
  const secure = credentials.createSsl(bytes(tls?.ca), bytes(tls?.key), bytes(tls?.cert), verify);
  const naming = byAddress ? { 'grpc.ssl_target_name_override': 'localhost', 'grpc.default_authority': host } : {};
  return new Client(host, secure, { ...channelOptions, ...naming });
}

function callUnary(
  client: Client,
  codec: EtcdCodec,
  path: string,
  request: object,
  signal: CancelSignal | undefined,
): Promise<object> {
  if (signal?.aborted) throw new KvError('cancelled', `${path}: given up before it was called`);
  const { encodeRequest, decodeResponse } = codec(path);
  return new Promise((resolve, reject) => {
    const abort = (): void => call.cancel();
    const call = client.makeUnaryRequest(path, encodeRequest, decodeResponse, request, (error, response) => {
      signal?.removeEventListener('abort', abort);
      if (error) reject(error);
      else resolve(response as object);
    });
    signal?.addEventListener('abort', abort);
  });
}

function callStreams(
  client: Client,
  codec: EtcdCodec,
  path: string,
  onFailure: (error: ServiceError) => void,
): StreamsCall {
  const { encodeRequest, decodeResponse, requestStream } = codec(path);
  // A stream to a member that lost its leader would tell nothing and never end. With this the server ends it.
  const metadata = new Metadata();
  metadata.set('hasleader', 'true');
  const call: ClientDuplexStream<object, object> = client.makeBidiStreamRequest(
    path,
    encodeRequest,
    decodeResponse,
    metadata,
  );
  // Failures are heard by the reader. Without a listener of our own one that comes before it reads would be uncaught.
  call.on('error', () => undefined);
  const read = async function* (): AsyncGenerator<object> {
    try {
      for await (const message of call) yield message as object;
    } catch (error) {
      throw asKvError(error, path, onFailure);
    }
  };
  return {
    send(message) {
      call.write(message);
      // A method that streams only its answer takes one request, and begins when no more can come.
      if (!requestStream) call.end();
    },
    cancel: () => call.cancel(),
    [Symbol.asyncIterator]: read,
  };
}

function asKvError(error: unknown, path: string, onFailure: (error: ServiceError) => void): unknown {
  if (!isServiceError(error)) return error;
  onFailure(error);
  return toKvError(error.code, error.details, path, error);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
