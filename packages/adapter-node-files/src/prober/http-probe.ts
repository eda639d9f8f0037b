import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HttpProbe, ProbeOutcome } from '@trireme/ports';
import { dialFailure } from './dial-failure.ts';

const maxRedirects = 10;
const maxBodyBytes = 10 * 1024;

/** One GET, following redirects that stay on the host. */
export async function probeHttp(probe: HttpProbe): Promise<ProbeOutcome> {
  const deadlineMs = performance.now() + probe.timeoutMs;
  let url = urlOf(probe);
  for (let redirects = 0; ; redirects++) {
    const leftMs = deadlineMs - performance.now();
    const answer = leftMs > 0 ? await get(url, probe, leftMs) : timedOut(url);
    if ('result' in answer) return answer;
    const { status, location, body } = answer;
    if (status >= 300 && status < 400 && location) {
      const next = new URL(location, url);
      // What answers with a way elsewhere is alive; where the way leads is not this probe's business.
      if (next.hostname !== url.hostname) return { result: 'success', output: body };
      if (redirects >= maxRedirects) {
        return { result: 'failure', output: `Get "${next.href}": stopped after 10 redirects` };
      }
      url = next;
      continue;
    }
    if (status >= 200 && status < 400) return { result: 'success', output: body };
    return { result: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
  }
}

function urlOf({ scheme, host, port, path }: HttpProbe): URL {
  const authority = host.includes(':') ? `[${host}]` : host;
  return new URL(path, `${scheme}://${authority}:${port}`);
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

function get(url: URL, probe: HttpProbe, timeoutMs: number): Promise<Answer | ProbeOutcome> {
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // A pod's certificate is for its clients; the node asks by address, so it could not match.
    const request = send(url, { headers: headersOf(probe), agent: false, rejectUnauthorized: false });
    const finish = (answer: Answer | ProbeOutcome): void => {
      clearTimeout(timer);
      probe.signal?.removeEventListener('abort', onAbort);
      resolve(answer);
      request.destroy();
    };
    const onAbort = (): void => finish({ result: 'failure', output: `Get "${url.href}": context canceled` });
    const timer = setTimeout(() => finish(timedOut(url)), timeoutMs);
    probe.signal?.addEventListener('abort', onAbort);
    request.on('error', (error) => {
      finish({ result: 'failure', output: `Get "${url.href}": ${dialFailure(error, url.hostname, portOf(url))}` });
    });
    request.on('response', (response) => readAnswer(response, finish));
    request.end();
  });
}

function readAnswer(response: IncomingMessage, finish: (answer: Answer) => void): void {
  const parts: Buffer[] = [];
  let size = 0;
  const done = (): void =>
    finish({
      status: response.statusCode ?? 0,
      location: response.headers.location,
      body: Buffer.concat(parts).subarray(0, maxBodyBytes).toString('utf8'),
    });
  response.on('data', (part: Buffer) => {
    parts.push(part);
    size += part.length;
    if (size >= maxBodyBytes) done();
  });
  response.on('end', done);
  response.on('error', done);
}

function headersOf({ headers }: HttpProbe): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = { 'user-agent': 'kube-probe/1.36', accept: '*/*' };
  const given = new Set<string>();
  for (const { name, value } of headers) {
    const key = name.toLowerCase();
    const before = given.has(key) ? result[key] : undefined;
    given.add(key);
    result[key] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return result;
}

function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
}

function timedOut(url: URL): ProbeOutcome {
  const why = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  return { result: 'failure', output: `Get "${url.href}": ${why}` };
}
