import type { PeerCertificate } from 'node:tls';
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerOptions,
  type ServerWritableStream,
  type ServiceDefinition,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { createDeferred, type Deferred, messageOf } from '@trireme/base';
import { KvError, type Logger } from '@trireme/ports';
import type { EtcdCodec, MethodCodec } from './codec.ts';
import { RpcError, rpcCodes, toRpcError } from './mapping/index.ts';
import type { CallerCertificate, RpcCaller, RpcMethod, RpcServer, Send } from './service/index.ts';

/** PEM, all of it. With `clientCa` only clients with a certificate of it are let in. */
export interface EtcdServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string | undefined;
}

export interface ListenAddress {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

export interface GrpcServerOptions {
  readonly methods: readonly RpcMethod[];
  readonly codec: EtcdCodec;
  readonly listen: readonly ListenAddress[];
  readonly tls?: EtcdServerTls | undefined;
  readonly maxRequestBytes: number;
  readonly logger: Logger;
}

/** What a message may be larger than the request in it. */
const overheadBytes = 512 * 1024;

/** Serves the methods by gRPC. */
export async function serveGrpc(options: GrpcServerOptions): Promise<RpcServer> {
  const { methods, listen, tls, logger } = options;
  const server = new Server(serverOptions(options.maxRequestBytes));
  for (const method of methods) addMethod(server, method, options);
  const credentials = tls ? tlsCredentials(tls) : ServerCredentials.createInsecure();
  const urls: string[] = [];
  try {
    for (const { host, port } of listen) {
      const name = host.includes(':') ? `[${host}]` : host;
      const bound = await bind(server, `${name}:${port}`, credentials);
      urls.push(`${tls ? 'https' : 'http'}://${name}:${bound}`);
    }
  } catch (error) {
    server.forceShutdown();
    throw error;
  }
  logger.log('info', 'serving the etcd v3 API', { urls });
  return {
    urls,
    async close() {
      server.forceShutdown();
    },
  };
}

function serverOptions(maxRequestBytes: number): ServerOptions {
  return {
    'grpc.max_receive_message_length': maxRequestBytes + overheadBytes,
    'grpc.max_send_message_length': -1,
    // The defaults of etcd's --grpc-keepalive-interval and --grpc-keepalive-timeout.
    'grpc.keepalive_time_ms': 2 * 60 * 60 * 1000,
    'grpc.keepalive_timeout_ms': 20_000,
  };
}

function tlsCredentials({ cert, key, clientCa }: EtcdServerTls): ServerCredentials {
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  return ServerCredentials.createSsl(clientCa ? Buffer.from(clientCa) : null, [pair], clientCa !== undefined);
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error) reject(new Error(`listen at ${address}: ${error.message}. Choose another address.`, { cause: error }));
      else resolve(port);
    });
  });
}

function addMethod(server: Server, method: RpcMethod, options: GrpcServerOptions): void {
  const { codec, logger, maxRequestBytes } = options;
  const { path } = method;
  const coding = codec(path);
  const definition = {
    path,
    requestStream: coding.requestStream,
    responseStream: coding.responseStream,
    requestSerialize: coding.encodeRequest,
    requestDeserialize:
      method.kind === 'unary' ? (bytes: Buffer) => sized(bytes, coding.decodeRequest) : coding.decodeRequest,
    responseSerialize: coding.encodeResponse,
    responseDeserialize: coding.decodeResponse,
  };
  const handler: UntypedHandleCall =
    method.kind === 'unary' ? unaryHandler(method, maxRequestBytes, logger) : streamsHandler(method, coding, logger);
  server.addService({ [path]: definition } as ServiceDefinition, { [path]: handler });
}

type Unary = Extract<RpcMethod, { kind: 'unary' }>;
type Streams = Extract<RpcMethod, { kind: 'streams' }>;

/** A request with the room that it took on the wire. */
interface Sized {
  readonly sizeBytes: number;
  readonly message: object;
}

function sized(bytes: Buffer, decode: (bytes: Buffer) => object): Sized {
  return { sizeBytes: bytes.length, message: decode(bytes) };
}

function unaryHandler(method: Unary, maxRequestBytes: number, logger: Logger): handleUnaryCall<Sized, object> {
  const handle = async ({ sizeBytes, message }: Sized, signal: AbortSignal, caller: RpcCaller): Promise<object> => {
    if (sizeBytes > maxRequestBytes)
      throw new KvError('request-too-large', `A request may take ${maxRequestBytes} bytes and took ${sizeBytes}.`);
    return method.handle(message, signal, caller);
  };
  return (call, callback) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    handle(call.request, abort.signal, callerOf(call)).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toStatus(error, method.path, logger)),
    );
  };
}

type StreamsCall = ServerDuplexStream<object, object> | ServerWritableStream<object, object>;

function streamsHandler(
  method: Streams,
  { requestStream }: MethodCodec,
  logger: Logger,
): handleBidiStreamingCall<object, object> & handleServerStreamingCall<object, object> {
  return (call: StreamsCall) => {
    const abort = new AbortController();
    const sender = createSender(call);
    const gone = (): void => {
      abort.abort();
      sender.stop();
    };
    call.on('cancelled', gone);
    call.on('close', gone);
    method.handle(requestsOf(call, requestStream), sender.send, abort.signal, callerOf(call)).then(
      () => call.end(),
      (error: unknown) => {
        if (!call.cancelled) call.emit('error', toStatus(error, method.path, logger));
      },
    );
  };
}

async function* requestsOf(call: StreamsCall, requestStream: boolean): AsyncGenerator<object> {
  if (!requestStream) yield (call as ServerWritableStream<object, object>).request;
  // Leaving the loop over the requests must not end the answers.
  else yield* (call as ServerDuplexStream<object, object>).iterator({ destroyOnReturn: false });
}

function callerOf(call: {
  readonly metadata: Metadata;
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate };
}): RpcCaller {
  const subject = call.getAuthContext().sslPeerCertificate?.subject as Partial<Record<'CN' | 'O', unknown>> | undefined;
  const metadata = (name: string): string | undefined => call.metadata.get(name)[0]?.toString();
  return { metadata, certificate: subject ? certificateOf(subject) : undefined };
}

/** A name that stands several times in a certificate is a list. */
function certificateOf({ CN = '', O = [] }: Partial<Record<'CN' | 'O', unknown>>): CallerCertificate {
  return { commonName: String(Array.isArray(CN) ? CN[0] : CN), organizations: [O].flat().map(String) };
}

/** Sends in order, and lets senders wait while the connection takes no more. */
function createSender(call: StreamsCall): { readonly send: Send; stop(): void } {
  let drained: Deferred<void> | undefined;
  let stopped = false;
  call.on('drain', () => {
    drained?.resolve();
    drained = undefined;
  });
  return {
    async send(message) {
      while (drained && !stopped) await drained.promise;
      if (stopped || call.cancelled) throw new RpcError('cancelled', 'the caller is gone');
      if (!call.write(message)) drained ??= createDeferred();
    },
    stop() {
      stopped = true;
      drained?.resolve();
    },
  };
}

function toStatus(error: unknown, path: string, logger: Logger): { code: number; details: string; metadata: Metadata } {
  const { code, message } = toRpcError(error);
  if (code === 'unknown') logger.log('error', 'a call failed', { path, error: messageOf(error) });
  return { code: rpcCodes[code], details: message, metadata: new Metadata() };
}
