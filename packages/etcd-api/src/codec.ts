import protobuf, { type Type } from 'protobufjs';
import { etcdProto, healthProto, type MessageWriter, responseWriters } from './mapping/index.ts';

/** One method of the schema: how its messages are read and written. */
export interface MethodCodec {
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  encodeRequest(message: object): Buffer;
  decodeRequest(bytes: Buffer): object;
  encodeResponse(message: object): Buffer;
  decodeResponse(bytes: Buffer): object;
  /** Where there is one: does what `encodeResponse` does, into memory that is given. */
  readonly responseWriter: MessageWriter<object> | undefined;
}

/** Finds the codec of a method by its path: '/etcdserverpb.KV/Range'. */
export type EtcdCodec = (path: string) => MethodCodec;

/** Parses the schema: some milliseconds. */
export function createEtcdCodec(): EtcdCodec {
  const root = new protobuf.Root();
  for (const proto of [etcdProto, healthProto]) protobuf.parse(proto, root, { keepCase: false });
  root.resolveAll();
  const known = new Map<string, MethodCodec>();
  return (path) => {
    const codec = known.get(path) ?? methodCodec(root, path);
    known.set(path, codec);
    return codec;
  };
}

function methodCodec(root: protobuf.Root, path: string): MethodCodec {
  const [, service = '', name = ''] = path.split('/');
  const method = root.lookupService(service).methods[name];
  if (!method) throw new Error(`the etcd schema has no ${path}; add it to etcd-proto.ts`);
  const folder = service.slice(0, service.lastIndexOf('.'));
  const request = root.lookupType(`${folder}.${method.requestType}`);
  const response = root.lookupType(`${folder}.${method.responseType}`);
  return {
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    encodeRequest: encoder(request),
    decodeRequest: decoder(request),
    encodeResponse: encoder(response),
    decodeResponse: decoder(response),
    responseWriter: responseWriters.get(path),
  };
}

function encoder(type: Type): (message: object) => Buffer {
  // Messages are built by the mapping in the shape that is encoded, so there is nothing to convert or to verify.
  return (message) => type.encode(message).finish() as Buffer;
}

function decoder(type: Type): (bytes: Buffer) => object {
  // As plain bytes, so that fields come out as Uint8Array: the `slice` of a Buffer does not copy, and callers count on it.
  return (bytes) => type.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
}
