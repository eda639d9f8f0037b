import { RpcError } from '../mapping/index.ts';
import { isGrpcContentType, trailersOf } from './grpc-headers.ts';
import type { HttpCall, HttpCallListener, Page } from './http-call.ts';
import { notFound, type Pages, pageFailed } from './pages.ts';
import type { ServedMethod, StreamsMethod, UnaryMethod } from './served-method.ts';
import { StreamsCall } from './streams-call.ts';
import { UnaryCall } from './unary-call.ts';

/** Makes calls of methods out of requests of HTTP. */
export interface GrpcAcceptor {
  accept(call: HttpCall): HttpCallListener;
  /** Ends the calls that would not end by themselves. */
  endStreams(failure: RpcError): void;
}

export function createGrpcAcceptor(served: readonly ServedMethod[], pages: Pages): GrpcAcceptor {
  const methods = new Map(served.map((each) => [each.method.path, each]));
  const services = new Set(served.map(({ method }) => serviceOf(method.path)));
  const streams = new Set<StreamsCall>();

  const acceptStreams = (http: HttpCall, method: ServedMethod<StreamsMethod>): HttpCallListener => {
    const call = new StreamsCall(http, method);
    streams.add(call);
    return {
      onBody: (bytes) => call.onBody(bytes),
      onBodyEnd: () => call.onBodyEnd(),
      onRoom: () => call.onRoom(),
      onClose() {
        streams.delete(call);
        call.onClose();
      },
    };
  };

  return {
    accept(http) {
      const refusal = refusalOf(http);
      if (refusal) return refuse(http, refusal, pages);
      const method = methods.get(http.path);
      if (!method) {
        http.end(undefined, trailersOf(unknownMethod(http.path, services)));
        return deaf;
      }
      if (isUnary(method)) return new UnaryCall(http, method);
      return acceptStreams(http, method as ServedMethod<StreamsMethod>);
    },
    endStreams(failure) {
      for (const call of [...streams]) call.fail(failure);
    },
  };
}

function isUnary(served: ServedMethod): served is ServedMethod<UnaryMethod> {
  return served.method.kind === 'unary';
}

/** 'Unsupported media type'. */
const unsupported = 415;

/** Why a request is not gRPC, if it is not. */
function refusalOf(http: HttpCall): Page | undefined {
  const contentType = http.header('content-type');
  const isGrpc = isGrpcContentType(contentType);
  if (http.method === 'POST' && isGrpc) return undefined;
  if (isGrpc) return { status: 405, headers: { allow: 'POST' }, body: '' };
  const body = `invalid gRPC request content-type ${JSON.stringify(contentType ?? '')}`;
  return { status: unsupported, body };
}

function refuse(http: HttpCall, refusal: Page, pages: Pages): HttpCallListener {
  const isGet = http.method === 'GET' && refusal.status === unsupported;
  const page = isGet ? pages(http.path) : undefined;
  if (!page) http.answer(isGet ? notFound : refusal);
  else page.catch(pageFailed).then((found) => http.answer(found), ignore);
  return deaf;
}

function serviceOf(path: string): string {
  return path.slice(1, path.lastIndexOf('/'));
}

/** In the words of Go's gRPC. */
function unknownMethod(path: string, services: ReadonlySet<string>): RpcError {
  if (!path.startsWith('/') || path.lastIndexOf('/') < 1)
    return new RpcError('unimplemented', `malformed method name: ${JSON.stringify(path)}`);
  const service = serviceOf(path);
  if (!services.has(service)) return new RpcError('unimplemented', `unknown service ${service}`);
  const name = path.slice(path.lastIndexOf('/') + 1);
  return new RpcError('unimplemented', `unknown method ${name} for service ${service}`);
}

function ignore(): void {}

/** For a request that is answered without being read. */
const deaf: HttpCallListener = { onBody: ignore, onBodyEnd: ignore, onRoom: ignore, onClose: ignore };
