import { type Bytes, type JsonObject, utf8 } from '@trireme/base';
import type { Headers, HttpResponse } from '@trireme/ports';
import { encodeProtobuf, type TypeTable } from '@trireme/schema';
import type { Status } from '@trireme/schema/types/meta/v1';
import { formatYaml } from '@trireme/schema/yaml';
import { mediaTypes, type Output } from './negotiate.ts';

/** What an answer needs besides the object. */
export interface Shown {
  readonly output: Output;
  readonly types: TypeTable;
  readonly warnings?: readonly string[] | undefined;
}

/** Any API object as an answer, in the form that was negotiated. */
export function respondObject(shown: Shown, status: number, object: object): HttpResponse {
  const body = encodeObject(shown, object);
  return { status, headers: headersFor(shown), body, compressible: true };
}

/** Encodes in the negotiated form, without any transformation. */
export function encodeObject(shown: Pick<Shown, 'output' | 'types'>, object: object): Bytes {
  switch (shown.output.form) {
    case 'protobuf':
      return encodeProtobuf(shown.types, object as JsonObject);
    case 'yaml':
      return utf8(formatYaml(object as JsonObject));
    default:
      return utf8(shown.output.pretty ? `${JSON.stringify(object, null, 2)}\n` : `${JSON.stringify(object)}\n`);
  }
}

export function headersFor(shown: Pick<Shown, 'output' | 'warnings'>): Headers {
  return {
    'content-type': mediaTypes[shown.output.form],
    'cache-control': 'no-cache, private',
    ...warningHeader(shown.warnings ?? []),
  };
}

/** One Warning header per warning (RFC 7234 section 5.5): the values are joined by newlines, as the adapter expects. */
export function warningHeader(warnings: readonly string[]): Headers {
  if (warnings.length === 0) return {};
  const values = [...new Set(warnings)].map((text) => `299 - "${escapeWarning(text)}"`);
  return { warning: values.join('\n') };
}

function escapeWarning(text: string): string {
  let safe = '';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 32 || code === 127) safe += ' ';
    else if (code > 126) safe += '?';
    else safe += char === '"' || char === '\\' ? `\\${char}` : char;
  }
  return safe;
}

const plainOutput: Output = { form: 'json', as: 'object', pretty: false };

/** A Status. What could not be negotiated is sent as JSON. */
export function respondStatus(shown: Partial<Shown> & Pick<Shown, 'types'>, status: Status): HttpResponse {
  const output = shown.output ?? plainOutput;
  const response = respondObject({ ...shown, output }, status.code ?? 200, status);
  const seconds = status.details?.retryAfterSeconds;
  return seconds ? { ...response, headers: { ...response.headers, 'retry-after': String(seconds) } } : response;
}

export function respondText(status: number, text: string, type = 'text/plain; charset=utf-8'): HttpResponse {
  const headers = { 'content-type': type, 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache, private' };
  return { status, headers, body: utf8(text) };
}

export function respondJson(value: unknown, type = 'application/json'): HttpResponse {
  const headers = { 'content-type': type, 'cache-control': 'no-cache, private' };
  return { status: 200, headers, body: utf8(JSON.stringify(value)), compressible: true };
}
