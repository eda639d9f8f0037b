import type { Page } from './http-call.ts';

/** Answers a GET of a path, with its query, that is no gRPC. Undefined for a path that is not known. */
export type Pages = (path: string) => Promise<Page> | undefined;

export const plainText = 'text/plain; charset=utf-8';
export const notFound: Page = { status: 404, body: '404 page not found\n' };

export function pageFailed(): Page {
  return { status: 500, body: 'Internal Server Error\n' };
}
