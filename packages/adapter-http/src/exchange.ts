import { messageOf } from '@trireme/base';
import type { Headers, HttpHandler, HttpRequest, HttpResponse, Logger, Peer } from '@trireme/ports';
import { compressFor } from './compress.ts';

/** What the exchanges of both protocol versions share. */
export interface ExchangeDeps {
  readonly handler: HttpHandler;
  readonly logger: Logger;
}

const failure: HttpResponse = {
  status: 500,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: new TextEncoder().encode('internal server error\n'),
};

/** Asks the handler. What it throws is a bug of the handler: logged here, and not shown to the client. */
export async function answer(deps: ExchangeDeps, request: HttpRequest, peer: Peer): Promise<HttpResponse> {
  try {
    const response = await deps.handler(request, peer);
    return await compressFor(request.headers['accept-encoding'], response);
  } catch (error) {
    deps.logger.log('error', 'handler failed', {
      method: request.method,
      path: request.path.split('?', 1)[0] ?? '',
      error: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
    });
    return failure;
  }
}

/** Node's headers as the port's: lower case, repeated ones joined as HTTP says. Pseudo-headers of HTTP/2 are left out. */
export function plainHeaders(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Headers {
  const plain: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || name.startsWith(':')) continue;
    plain[name] = typeof value === 'string' ? value : value.join(name === 'cookie' ? '; ' : ', ');
  }
  return plain;
}

/** The port's headers for Node. A header that is sent once per value (Warning) carries its values joined by newlines. */
export function nodeHeaders(headers: Headers): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name] as string;
    out[name] = value.includes('\n') ? value.split('\n') : value;
  }
  return out;
}
