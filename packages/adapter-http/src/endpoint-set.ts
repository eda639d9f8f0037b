import type { Clock } from '@trireme/ports';

/** One server of a set of equal ones. */
export interface Endpoint {
  readonly url: URL;
}

/**
 * Equal endpoints in the order to try them: the one that worked last comes first, and one that did not answer goes to the
 * end for a while, so that a dead member costs one connection attempt and not one per request.
 */
export interface EndpointSet {
  inOrder(): readonly Endpoint[];
  worked(endpoint: Endpoint): void;
  failed(endpoint: Endpoint): void;
}

export function createEndpointSet(
  urls: readonly string[],
  clock: Pick<Clock, 'monotonic'>,
  restMs = 5000,
): EndpointSet {
  const endpoints: readonly Endpoint[] = urls.map((url) => ({ url: new URL(url) }));
  const restsUntil = new Map<Endpoint, number>();
  let preferred = 0;
  return {
    inOrder() {
      const now = clock.monotonic();
      const rotated = [...endpoints.slice(preferred), ...endpoints.slice(0, preferred)];
      const rests = (endpoint: Endpoint): boolean => (restsUntil.get(endpoint) ?? 0) > now;
      return [...rotated.filter((endpoint) => !rests(endpoint)), ...rotated.filter(rests)];
    },
    worked(endpoint) {
      preferred = endpoints.indexOf(endpoint);
      restsUntil.delete(endpoint);
    },
    failed(endpoint) {
      restsUntil.set(endpoint, clock.monotonic() + restMs);
    },
  };
}
