import { createHttpsTransport } from '@trireme/adapter-http';
import { CodedError, fromUtf8, hasCode, messageOf, utf8 } from '@trireme/base';
import { type HttpTransport, type Logger, readBody, sleep, type Time } from '@trireme/ports';
import { authorityHash } from '../member/secrets.ts';
import { parseJoinToken } from './token.ts';

const retryMs = 500;
const answerLimitBytes = 1024 * 1024;

export interface JoinDeps {
  readonly time: Time;
  readonly logger: Logger;
}

/**
 * Posts a join request to a member and returns its answer. Trust comes from the token: the authority that the address
 * shows must have the fingerprint that the token names, and only then is the secret sent. Waits for a cluster that is not
 * there yet; a refusal ends it.
 */
export async function join<Answer>(
  deps: JoinDeps,
  options: {
    readonly addresses: readonly string[];
    readonly token: string;
    readonly path: string;
    readonly body: object;
    readonly timeoutMs: number;
  },
): Promise<Answer> {
  const token = parseJoinToken(options.token);
  const endpoints = options.addresses.map(urlOf);
  const deadlineMs = deps.time.monotonic() + options.timeoutMs;
  let waited = false;
  for (;;) {
    try {
      const caPem = await fetchAuthority(endpoints, token.authorityHash);
      return await post<Answer>(createHttpsTransport({ endpoints, tls: { ca: caPem }, token: token.secret }), options);
    } catch (error) {
      if (hasCode(error, 'join-refused') || hasCode(error, 'wrong-cluster') || deps.time.monotonic() > deadlineMs)
        throw error;
      if (!waited) deps.logger.log('info', 'waiting for the cluster', { addresses: endpoints, why: messageOf(error) });
      waited = true;
      await sleep(deps.time, retryMs);
    }
  }
}

/** 'host', 'host:port' or a URL -> 'https://host:port' */
export function urlOf(address: string): string {
  const url = new URL(address.includes('://') ? address : `https://${address}`);
  return `https://${url.hostname}:${url.port || '6443'}`;
}

async function fetchAuthority(endpoints: readonly string[], expectedHash: string): Promise<string> {
  const transport = createHttpsTransport({ endpoints, tls: { insecure: true } });
  try {
    const response = await transport.request({ method: 'GET', path: '/trireme/v1/ca', headers: {} });
    const body = await readBody(response.body, answerLimitBytes);
    if (response.status !== 200 || !body)
      throw new CodedError('not-ready', `ask for the authority: HTTP ${response.status}`);
    const caPem = fromUtf8(body);
    if (authorityHash(caPem) !== expectedHash) {
      throw new CodedError(
        'wrong-cluster',
        `join: the cluster at ${endpoints.join(', ')} is not the one the token is for (its authority has another fingerprint)`,
      );
    }
    return caPem;
  } finally {
    await transport.close?.();
  }
}

async function post<Answer>(
  transport: HttpTransport,
  options: { readonly path: string; readonly body: object },
): Promise<Answer> {
  try {
    const response = await transport.request({
      method: 'POST',
      path: options.path,
      headers: { 'content-type': 'application/json' },
      body: utf8(JSON.stringify(options.body)),
    });
    const body = await readBody(response.body, answerLimitBytes);
    const text = body ? fromUtf8(body) : '';
    if (response.status === 200) return JSON.parse(text) as Answer;
    const code =
      response.status >= 400 && response.status < 500 && response.status !== 429 ? 'join-refused' : 'not-ready';
    throw new CodedError(code, `join: the cluster answered ${response.status}: ${text.trim()}`);
  } finally {
    await transport.close?.();
  }
}
