import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { type Agent, request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { CodedError, emptyBytes } from '@trireme/base';
import type { Headers, HttpRequest, HttpResponse } from '@trireme/ports';
import { byteStreamOf, writeBody } from './byte-stream.ts';
import { plainHeaders } from './exchange.ts';

/** Why no response came, and whether the server may have seen the request. */
export class ExchangeError extends CodedError<'unreachable' | 'broken-off' | 'cancelled'> {
  override readonly name = 'ExchangeError';
}

export interface ClientExchangeOptions {
  readonly url: URL;
  readonly agent: Agent;
  readonly headers: Headers;
  /** TLS options of the connection; the agent keeps connections with the same ones together. */
  readonly tls: Readonly<Record<string, unknown>>;
  readonly connectTimeoutMs: number;
}

/** One request to one endpoint. Rejects with `unreachable` where the server cannot have seen it. */
export function exchangeWith(options: ClientExchangeOptions, request: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    if (request.signal?.aborted) {
      reject(new ExchangeError('cancelled', `${request.method} ${request.path}: cancelled by the caller.`));
      return;
    }
    const outgoing = openRequest(options, request);
    const state = { connected: false, answered: false };
    const cancel = (): void => {
      outgoing.destroy(new ExchangeError('cancelled', `${request.method} ${request.path}: cancelled by the caller.`));
    };
    request.signal?.addEventListener('abort', cancel);
    outgoing.once('close', () => request.signal?.removeEventListener('abort', cancel));
    outgoing.on('socket', (socket) => {
      whenConnected(socket, options.url.protocol === 'https:', options.connectTimeoutMs, outgoing, () => {
        state.connected = true;
        sendBody(outgoing, request);
      });
    });
    outgoing.on('error', (error) => {
      if (state.answered) return;
      reject(explain(error, request, options.url, state.connected));
    });
    outgoing.on('response', (incoming) => {
      state.answered = true;
      resolve(responseOf(incoming));
    });
    outgoing.on('upgrade', (incoming, socket, head) => {
      state.answered = true;
      socket.setTimeout(0);
      const stream = byteStreamOf(socket, head);
      resolve({ status: 101, headers: plainHeaders(incoming.headers), body: emptyBytes, stream });
    });
  });
}

function openRequest(options: ClientExchangeOptions, request: HttpRequest): ClientRequest {
  const { url } = options;
  const settings = {
    method: request.method,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
    path: `${url.pathname.replace(/\/$/, '')}${request.path}`,
    headers: { ...options.headers, ...lengthHeader(request) },
  };
  if (url.protocol === 'http:') return requestHttp(settings);
  return requestHttps({ ...settings, ...options.tls, agent: options.agent });
}

function lengthHeader(request: HttpRequest): Headers {
  if (!(request.body instanceof Uint8Array)) return {};
  return { 'content-length': String(request.body.length) };
}

function whenConnected(
  socket: Socket,
  secure: boolean,
  timeoutMs: number,
  outgoing: ClientRequest,
  connected: () => void,
): void {
  if (outgoing.reusedSocket) {
    connected();
    return;
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 15_000);
  const timer = setTimeout(() => outgoing.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
  socket.once('close', () => clearTimeout(timer));
  socket.once(secure ? 'secureConnect' : 'connect', () => {
    clearTimeout(timer);
    connected();
  });
}

/** The body's source is first read when there is a connection, so that until then another endpoint can be tried. */
function sendBody(outgoing: ClientRequest, request: HttpRequest): void {
  if (request.body === undefined) outgoing.end();
  else
    writeBody(outgoing, request.body).catch((error) =>
      outgoing.destroy(error instanceof Error ? error : new Error(String(error))),
    );
}

function responseOf(incoming: IncomingMessage): HttpResponse {
  // A reader that leaves early destroys the message and with it the request, as the port promises.
  return { status: incoming.statusCode ?? 0, headers: plainHeaders(incoming.headers), body: incoming };
}

function explain(error: Error, request: HttpRequest, url: URL, connected: boolean): ExchangeError {
  if (error instanceof ExchangeError) return error;
  const what = `${request.method} ${request.path.split('?', 1)[0]} at ${url.origin}`;
  const code = connected ? 'broken-off' : 'unreachable';
  return new ExchangeError(code, `${what}: ${error.message || (error as NodeJS.ErrnoException).code}`, {
    cause: error,
  });
}
