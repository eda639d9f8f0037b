import { CodedError, hasCode } from '@trireme/base';
import type { HttpHandler, HttpRequest } from '@trireme/ports';

/** One of several equal servers. */
export interface Server {
  readonly name: string;
  readonly running: boolean;
  /** It has all it needs to answer. */
  readonly ready: boolean;
  readonly handler: HttpHandler;
}

/**
 * Equal servers as one: asks the first that is ready, from `first` on in a circle, and goes on to the next where one does
 * not run. A request that may have been heard is only repeated when it changes nothing.
 */
export function createFailover(servers: readonly Server[], first = 0): HttpHandler {
  return async (request, peer) => {
    let last: unknown;
    for (const server of inOrder(servers, first)) {
      try {
        return await server.handler(request, peer);
      } catch (error) {
        last = error;
        if (hasCode(error, 'unreachable') || (hasCode(error, 'broken-off') && isRepeatable(request))) continue;
        throw error;
      }
    }
    throw last ?? new CodedError('unreachable', 'no member of the control plane runs. Start one first.');
  };
}

function inOrder(servers: readonly Server[], first: number): readonly Server[] {
  const circle = servers
    .map((_, i) => servers[(first + i) % servers.length] as Server)
    .filter(({ running }) => running);
  return [...circle.filter(({ ready }) => ready), ...circle.filter(({ ready }) => !ready)];
}

function isRepeatable({ method, body }: HttpRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && (body === undefined || body instanceof Uint8Array);
}
