import { silentLogger } from '@trireme/ports';
import type { MethodCodec } from '../../src/codec.ts';
import type { RpcMethod, RpcServer } from '../../src/service/index.ts';
import { type GrpcServerOptions, serveGrpc } from '../../src/transport/index.ts';

/** Messages of the tests are texts. */
export interface Text {
  readonly text: string;
}

/** Paths end in the kind of the call, as gRPC names it: '/test.Echo/ServerStream'. */
const kinds: Readonly<Record<string, readonly [requestStream: boolean, responseStream: boolean]>> = {
  ServerStream: [false, true],
  ClientStream: [true, false],
  Bidi: [true, true],
};

export function textCodec(path: string): MethodCodec {
  const [requestStream, responseStream] = kinds[path.split('/')[2] ?? ''] ?? [false, false];
  const encode = (message: object): Buffer => Buffer.from((message as Text).text);
  const decode = (bytes: Buffer): Text => {
    if (bytes.length > 0 && bytes[0] === 0xff) throw new RangeError('no text');
    return { text: bytes.toString() };
  };
  return {
    requestStream,
    responseStream,
    encodeRequest: encode,
    decodeRequest: decode,
    encodeResponse: encode,
    decodeResponse: decode,
    responseWriter: undefined,
  };
}

export function unary(name: string, handle: Extract<RpcMethod, { kind: 'unary' }>['handle']): RpcMethod {
  return { kind: 'unary', path: `/test.Echo/${name}`, handle };
}

export function streams(name: string, handle: Extract<RpcMethod, { kind: 'streams' }>['handle']): RpcMethod {
  return { kind: 'streams', path: `/test.Echo/${name}`, handle };
}

export const echo: RpcMethod = unary('Unary', async (request) => request);

export async function openEcho(
  methods: readonly RpcMethod[] = [echo],
  more: Partial<GrpcServerOptions> = {},
): Promise<RpcServer & { readonly url: string; readonly port: number }> {
  const server = await serveGrpc({
    methods,
    codec: textCodec,
    listen: [{ host: '127.0.0.1', port: 0 }],
    maxRequestBytes: 1_000_000,
    logger: silentLogger,
    graceMs: 200,
    ...more,
  });
  const url = server.urls[0] ?? '';
  return { ...server, url, port: url.startsWith('http') ? Number(new URL(url).port) : 0 };
}

/** Bytes as one message of gRPC. */
export function framed(bytes: Buffer | string, flag = 0): Buffer {
  const body = Buffer.from(bytes as string);
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}
