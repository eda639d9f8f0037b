import { fromBase64, fromUtf8, isJsonObject, toBase64, utf8 } from '@trireme/base';
import { goQuote } from '../errors/go-quote.ts';
import { statusErrors } from '../errors/status-errors.ts';

/** Where a list goes on. */
export interface ContinuePoint {
  /** The revision of the first page; -1: the newest, for a list that gave up being consistent. */
  readonly revision: number;
  /** The first key not yet listed, relative to the prefix that is listed. */
  readonly startKey: string;
}

const version = 'meta.k8s.io/v1';

/** The opaque `metadata.continue`, in upstream's form. */
export function encodeContinue({ revision, startKey }: ContinuePoint): string {
  const text = JSON.stringify({ v: version, rv: revision, start: startKey });
  return toBase64(utf8(text)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function parseToken(token: string): unknown {
  const standard = token.replaceAll('-', '+').replaceAll('_', '/');
  const bytes = fromBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, '='));
  if (!bytes) throw statusErrors.badRequest('continue key is not valid: illegal base64 data');
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch {
    throw statusErrors.badRequest('continue key is not valid: it holds no JSON');
  }
}

/** Throws a StatusError 400 for what is no token of ours. */
export function decodeContinue(token: string): ContinuePoint {
  const parsed = parseToken(token);
  const { v, rv, start } = isJsonObject(parsed) ? parsed : {};
  if (v !== version) {
    throw statusErrors.badRequest(
      `continue key is not valid: server does not recognize this encoded version ${goQuote(String(v ?? ''))}`,
    );
  }
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0 || rv < -1) {
    throw statusErrors.badRequest(
      `continue key is not valid: incorrect encoded start resourceVersion (version ${version})`,
    );
  }
  if (typeof start !== 'string' || start === '') {
    throw statusErrors.badRequest(`continue key is not valid: encoded start key empty (version ${version})`);
  }
  // A token is the client's text: it must not lead out of the prefix.
  if (start.split('/').some((part) => part === '..' || part === '.')) {
    throw statusErrors.badRequest(`continue key is not valid: ${start}`);
  }
  return { revision: rv, startKey: start };
}
