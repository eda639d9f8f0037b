import { StatusError, type StatusReason } from '@trireme/api-machinery';
import { fromUtf8, isJsonObject, messageOf } from '@trireme/base';
import type { HttpRequest } from '@trireme/ports';
import type { Status } from '@trireme/schema/types/meta/v1';

const reasonOfCode: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The error a refused request becomes: the Status that the server sent, or one made from what a proxy said instead. */
export function errorOfResponse(code: number, body: Uint8Array, request: HttpRequest): StatusError {
  const text = fromUtf8(body);
  const status = parseStatus(text);
  if (status) return new StatusError({ ...status, code: status.code ?? code });
  return new StatusError({
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    reason: reasonOfCode[code] ?? 'Unknown',
    code,
    message: `${request.method} ${request.path}: the server answered ${code}: ${text.slice(0, 512).trim() || '(no body)'}`,
  });
}

/** The error of a request that got no response: code 0, so that callers can tell it from a server that said 503. */
export function errorOfTransport(request: HttpRequest, cause: unknown): StatusError {
  const message = `${request.method} ${request.path}: no response: ${messageOf(cause)}. Check that the server runs.`;
  return new StatusError(
    {
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      status: 'Failure',
      reason: 'ServiceUnavailable',
      code: 0,
      message,
    },
    { cause },
  );
}

export function parseStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && value.kind === 'Status' ? (value as unknown as Status) : undefined;
  } catch {
    return undefined;
  }
}
