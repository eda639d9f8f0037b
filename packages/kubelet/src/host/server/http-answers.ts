import { utf8 } from '@trireme/base';
import type { HttpRequest, HttpResponse } from '@trireme/ports';

export function textAnswer(status: number, text: string): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: utf8(text) };
}

export function jsonAnswer(value: unknown): HttpResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: utf8(JSON.stringify(value)) };
}

/** A refusal that ends the handling of a request. */
export class HttpRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The path's segments, decoded, and the query. */
export function parsePath(request: HttpRequest): {
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
} {
  const question = request.path.indexOf('?');
  const path = question < 0 ? request.path : request.path.slice(0, question);
  const query = new URLSearchParams(question < 0 ? '' : request.path.slice(question + 1));
  try {
    const segments = path.split('/').filter((segment) => segment !== '');
    return { segments: segments.map((segment) => decodeURIComponent(segment)), query };
  } catch {
    throw new HttpRefusal(400, 'the path is not well encoded');
  }
}

export function isTrue(query: URLSearchParams, ...names: readonly string[]): boolean {
  return names.some((name) => ['1', 'true'].includes(query.get(name) ?? ''));
}

/** A number of the query; undefined where it is absent. */
export function integer(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new HttpRefusal(400, `invalid value for ${name}: "${text}"`);
  return value;
}
