import { StatusError } from '@trireme/api-machinery';
import { type Bytes, fromUtf8, utf8 } from '@trireme/base';
import {
  type CancelSignal,
  type HttpRequest,
  type HttpResponse,
  type HttpTransport,
  readBody,
  sleep,
  type Time,
} from '@trireme/ports';
import { errorOfResponse, errorOfTransport } from './response-status.ts';

export interface ApiClientOptions {
  readonly time: Time;
  /** 'scheduler/0.1': shown in the server's logs, and the default field manager. */
  readonly userAgent?: string;
  /** Asked before each request, so that a rotated token is picked up. */
  readonly token?: () => string | undefined;
  /** How often a request that the server asked to repeat (Retry-After on 429 or 5xx) is repeated. Default 10. */
  readonly maxRetries?: number;
  /** Answers larger than this are refused. Default 512 MiB. */
  readonly maxResponseBytes?: number;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: CancelSignal | undefined;
}

export interface RequestSender {
  /** The decoded JSON answer. */
  json<T>(call: Call): Promise<T>;
  /** The answer of a successful request with its body unread. */
  open(call: Call): Promise<HttpResponse>;
}

const errorBodyLimitBytes = 1024 * 1024;

/** Sends requests the way every call of the client does: headers, retries as the server asks, errors as StatusError. */
export function createRequestSender(transport: HttpTransport, options: ApiClientOptions): RequestSender {
  const { time, userAgent = 'trireme', token, maxRetries = 10, maxResponseBytes = 512 * 1024 * 1024 } = options;

  const requestOf = (call: Call): HttpRequest => {
    const headers: Record<string, string> = { accept: 'application/json', 'user-agent': userAgent };
    const bearer = token?.();
    if (bearer) headers.authorization = `Bearer ${bearer}`;
    let body: Bytes | undefined;
    if (call.body !== undefined) {
      headers['content-type'] = call.contentType ?? 'application/json';
      body = utf8(JSON.stringify(call.body));
    }
    return { method: call.method, path: call.path, headers, body, signal: call.signal };
  };

  const sendOnce = async (request: HttpRequest): Promise<HttpResponse> => {
    try {
      return await transport.request(request);
    } catch (error) {
      if (error instanceof StatusError) throw error;
      throw errorOfTransport(request, error);
    }
  };

  const open = async (call: Call): Promise<HttpResponse> => {
    for (let attempt = 0; ; attempt++) {
      const request = requestOf(call);
      const response = await sendOnce(request);
      if (response.status < 400) return response;
      const error = errorOfResponse(response.status, await readErrorBody(request, response), request);
      const waitMs = retryAfterMs(response);
      if (waitMs === undefined || attempt >= maxRetries || call.signal?.aborted) throw error;
      await sleep(time, waitMs, call.signal);
      if (call.signal?.aborted) throw error;
    }
  };

  return {
    open,
    async json<T>(call: Call): Promise<T> {
      const response = await open(call);
      const request = { method: call.method, path: call.path, headers: {} };
      let body: Uint8Array | undefined;
      try {
        body = await readBody(response.body, maxResponseBytes);
      } catch (error) {
        throw errorOfTransport(request, error);
      }
      if (!body) throw errorOfTransport(request, new Error(`the answer is larger than ${maxResponseBytes} bytes`));
      try {
        return JSON.parse(fromUtf8(body)) as T;
      } catch (error) {
        throw errorOfTransport(request, error);
      }
    },
  };
}

async function readErrorBody(request: HttpRequest, response: HttpResponse): Promise<Uint8Array> {
  try {
    return (await readBody(response.body, errorBodyLimitBytes)) ?? new Uint8Array(0);
  } catch (error) {
    throw errorOfTransport(request, error);
  }
}

/** How long the server asks to wait before the same request is sent again; undefined where it does not ask. */
function retryAfterMs(response: HttpResponse): number | undefined {
  if (response.status !== 429 && response.status < 500) return undefined;
  const header = response.headers['retry-after'];
  if (header === undefined || !/^\d+$/.test(header)) return undefined;
  return Math.min(Number(header), 60) * 1000;
}
