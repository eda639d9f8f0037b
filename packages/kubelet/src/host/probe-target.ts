import type { HttpProbe } from '@trireme/ports';
import type { Container, HTTPGetAction } from '@trireme/schema/types/core/v1';

/** A port by number, or by the name that the container gives it; undefined where there is no such port. */
export function portNumber(port: number | string, container: Container): number | undefined {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  if (named !== undefined) return named;
  return /^\d+$/.test(port) ? Number(port) : undefined;
}

export function httpProbeOf(
  action: HTTPGetAction,
  container: Container,
  podIp: string,
  timeoutMs: number,
): HttpProbe | undefined {
  const port = portNumber(action.port, container);
  if (port === undefined) return undefined;
  const path = action.path || '/';
  return {
    scheme: action.scheme === 'HTTPS' ? 'https' : 'http',
    host: action.host || podIp,
    port,
    path: path.startsWith('/') ? path : `/${path}`,
    headers: (action.httpHeaders ?? []).map(({ name, value }) => ({ name, value })),
    timeoutMs,
  };
}
