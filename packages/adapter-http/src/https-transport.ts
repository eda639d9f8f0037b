import { Agent } from 'node:https';
import { CodedError } from '@trireme/base';
import type { Headers, HttpRequest, HttpResponse, HttpTransport } from '@trireme/ports';
import { ExchangeError, exchangeWith } from './client-exchange.ts';
import { createEndpointSet, type EndpointSet } from './endpoint-set.ts';

/** PEM texts. `ca` absent: the system's. */
export interface ClientTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name to verify in the server's certificate where it is not the URL's host. */
  readonly serverName?: string | undefined;
  /** True: do not verify the server. */
  readonly insecure?: boolean | undefined;
}

export interface HttpsTransportOptions {
  /** Equal servers: 'https://10.0.0.1:6443'. Tried in turn when one cannot be reached. */
  readonly endpoints: readonly string[];
  /** A function is asked before each request, so that renewed certificates are used by new connections. */
  readonly tls: ClientTls | (() => ClientTls);
  /** Sent as a bearer token where the request names none. A function is asked before each request. */
  readonly token?: string | (() => string | undefined) | undefined;
  readonly connectTimeoutMs?: number | undefined;
  readonly maxSockets?: number | undefined;
}

/**
 * A client over HTTP/1.1 with kept connections. A request that did not reach its server is tried on the next endpoint; one
 * that may have reached it is only repeated when it changes nothing. Rejects with a `CodedError`: 'unreachable' (nothing was
 * done), 'broken-off' (unknown), 'cancelled'.
 */
export function createHttpsTransport(options: HttpsTransportOptions): HttpTransport {
  if (options.endpoints.length === 0) {
    throw new CodedError('no-endpoints', 'create an HTTPS transport: no endpoints were given. Name at least one URL.');
  }
  const endpoints = createEndpointSet(options.endpoints, { monotonic: () => performance.now() });
  const agent = new Agent({
    keepAlive: true,
    keepAliveMsecs: 15_000,
    maxSockets: options.maxSockets ?? Number.POSITIVE_INFINITY,
    maxFreeSockets: 32,
    // Free connections are dropped well before the server would, so that no request meets a closing one.
    timeout: 60_000,
    scheduling: 'lifo',
  });
  return {
    request: (request) => requestAny(options, endpoints, agent, request),
    close: async () => agent.destroy(),
  };
}

async function requestAny(
  options: HttpsTransportOptions,
  endpoints: EndpointSet,
  agent: Agent,
  request: HttpRequest,
): Promise<HttpResponse> {
  const tls = tlsOptions(typeof options.tls === 'function' ? options.tls() : options.tls);
  const headers = headersOf(options, request);
  let last: unknown;
  for (const endpoint of endpoints.inOrder()) {
    try {
      const exchange = { url: endpoint.url, agent, headers, tls, connectTimeoutMs: options.connectTimeoutMs ?? 3000 };
      const response = await exchangeWith(exchange, request);
      endpoints.worked(endpoint);
      return response;
    } catch (error) {
      last = error;
      if (!(error instanceof ExchangeError) || error.code === 'cancelled') throw error;
      endpoints.failed(endpoint);
      if (error.code === 'broken-off' && !isRepeatable(request)) throw error;
    }
  }
  throw last;
}

/** A request that changes nothing, and whose body (if any) can be sent again. */
function isRepeatable(request: HttpRequest): boolean {
  const harmless = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
  return harmless && (request.body === undefined || request.body instanceof Uint8Array);
}

function headersOf(options: HttpsTransportOptions, request: HttpRequest): Headers {
  const token = typeof options.token === 'function' ? options.token() : options.token;
  if (!token || request.headers.authorization) return request.headers;
  return { ...request.headers, authorization: `Bearer ${token}` };
}

function tlsOptions(tls: ClientTls): Record<string, unknown> {
  return {
    ...(tls.ca ? { ca: tls.ca } : {}),
    ...(tls.cert ? { cert: tls.cert } : {}),
    ...(tls.key ? { key: tls.key } : {}),
    ...(tls.serverName ? { servername: tls.serverName } : {}),
    rejectUnauthorized: !tls.insecure,
    minVersion: 'TLSv1.2',
  };
}
