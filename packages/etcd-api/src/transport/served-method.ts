import { messageOf } from '@trireme/base';
import { KvError, type Logger } from '@trireme/ports';
import type { MethodCodec } from '../codec.ts';
import { RpcError, toRpcError } from '../mapping/index.ts';
import type { RpcMethod } from '../service/index.ts';
import { frameFor, frameOf } from './message-frame.ts';
import { prefixBytes } from './message-reader.ts';

/** A method with its codec: what calls of it need. */
export interface ServedMethod<Method extends RpcMethod = RpcMethod> {
  readonly method: Method;
  readonly decode: (bytes: Buffer) => object;
  /** The message with its prefix. */
  readonly frame: (message: object) => Buffer;
  /** A request of one message may not be larger: etcd's own limit, below the one of its transport. */
  readonly maxRequestBytes: number;
  readonly maxMessageBytes: number;
  /** Whether the caller sends one message only. */
  readonly single: boolean;
  readonly logger: Logger;
}

export type UnaryMethod = Extract<RpcMethod, { kind: 'unary' }>;
export type StreamsMethod = Extract<RpcMethod, { kind: 'streams' }>;

/** What a message may be larger than the request in it. As in etcd. */
const overheadBytes = 512 * 1024;

export function serveMethod(
  method: RpcMethod,
  codec: MethodCodec,
  { maxRequestBytes, logger }: { readonly maxRequestBytes: number; readonly logger: Logger },
): ServedMethod {
  const { responseWriter } = codec;
  return {
    method,
    decode: decoder(codec.decodeRequest),
    frame: responseWriter
      ? (message) => {
          const frame = frameFor(responseWriter.sizeOf(message));
          responseWriter.write(message, frame, prefixBytes);
          return frame;
        }
      : (message) => frameOf(codec.encodeResponse(message)),
    maxRequestBytes,
    maxMessageBytes: maxRequestBytes + overheadBytes,
    single: !codec.requestStream,
    logger,
  };
}

function decoder(decode: (bytes: Buffer) => object): (bytes: Buffer) => object {
  return (bytes) => {
    try {
      return decode(bytes);
    } catch (error) {
      // What is no error of ours is the codec's: the bytes are no such message.
      if (error instanceof KvError || error instanceof RpcError) throw error;
      throw new RpcError('internal', `grpc: error unmarshalling request: ${messageOf(error)}`, { cause: error });
    }
  };
}

/** What a failed call says to its caller. What nobody expected is for the log too. */
export function failureOf(error: unknown, { method, logger }: ServedMethod): RpcError {
  const failure = toRpcError(error);
  if (failure.code === 'unknown') logger.log('error', 'a call failed', { path: method.path, error: messageOf(error) });
  return failure;
}
