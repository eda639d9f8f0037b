import { RuntimeError } from '@trireme/ports';
import type { CriChannel, UnaryOptions } from './channel.ts';
import type { CriService } from './codec.ts';
import { toRuntimeError } from './errors.ts';

/** Upstream's kubelet gives every call two minutes, and sandboxes twice that. */
export const defaultTimeoutMs = 120_000;

/** Calls whose failures are errors of the port. */
export interface CriCalls {
  runtime<Response>(method: string, request: object, options?: UnaryOptions): Promise<Response>;
  image<Response>(method: string, request: object, options?: UnaryOptions): Promise<Response>;
  /** As `runtime`, but what is gone already counts as done. */
  gone(method: string, request: object, options?: UnaryOptions): Promise<void>;
}

export function createCriCalls(channel: CriChannel): CriCalls {
  const call = async <Response>(
    service: CriService,
    method: string,
    request: object,
    options: UnaryOptions = { timeoutMs: defaultTimeoutMs },
  ): Promise<Response> => {
    try {
      return await channel.unary<Response>(service, method, request, options);
    } catch (error) {
      throw toRuntimeError(error, method === 'PullImage' ? 'pull' : 'call');
    }
  };
  return {
    runtime: (method, request, options) => call('RuntimeService', method, request, options),
    image: (method, request, options) => call('ImageService', method, request, options),
    async gone(method, request, options) {
      try {
        await call('RuntimeService', method, request, options);
      } catch (error) {
        if (!(error instanceof RuntimeError && error.code === 'not-found')) throw error;
      }
    },
  };
}
