import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { messageOf, utf8 } from '@trireme/base';
import { type Headers, type HttpRequest, type HttpResponse, RuntimeError, readBody } from '@trireme/ports';
import { socketStream, splice } from './socket-stream.ts';

const refusalLimitBytes = 64 * 1024;

/** Headers of the client that reach the streaming server: those of the upgrade, none that prove who the client is. */
const forwarded = /^(connection|upgrade|sec-websocket-.*|x-stream-protocol-version|user-agent|origin)$/;

function headersFor(headers: Headers): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    // Some SPDY servers read one version per header line only.
    if (name === 'x-stream-protocol-version') kept[name] = value.split(/,\s*/);
    else if (forwarded.test(name)) kept[name] = value;
  }
  return kept;
}

function plainHeaders(message: IncomingMessage): Headers {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/**
 * Repeats the client's upgrade request at the streaming server's URL. A 101 comes back with the stream (and an
 * `onUpgrade` that joins a client's stream to it); any other answer comes back as it is, body included.
 */
export function forwardUpgrade(url: string, upgrade: HttpRequest): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: upgrade.method, headers: headersFor(upgrade.headers), agent: false });
    const abort = (): void => void request.destroy();
    upgrade.signal?.addEventListener('abort', abort);
    const settled = (): void => upgrade.signal?.removeEventListener('abort', abort);
    request.on('upgrade', (message, socket, head) => {
      settled();
      const stream = socketStream(socket, head);
      resolve({
        status: 101,
        headers: plainHeaders(message),
        body: new Uint8Array(0),
        stream,
        onUpgrade: (client) => void splice(client, stream),
      });
    });
    request.on('response', (message) => {
      settled();
      readBody(message, refusalLimitBytes)
        .then((body) => resolve(refusal(message, body ?? new Uint8Array(0), upgrade)))
        .catch(reject);
    });
    request.on('error', (error) => {
      settled();
      reject(new RuntimeError('unavailable', `reach the streaming server: ${messageOf(error)}`, { cause: error }));
    });
    request.end();
  });
}

function refusal(message: IncomingMessage, body: Uint8Array, upgrade: HttpRequest): HttpResponse {
  const { statusCode = 502 } = message;
  const protocols = upgrade.headers['sec-websocket-protocol'];
  if (statusCode === 403 && body.length === 0 && protocols !== undefined) {
    // So do runtimes refuse channel protocols that they do not know (containerd 1.x: v5). Nobody was forbidden
    // anything, and a client that reads so would not fall back to one that works.
    return plainRefusal(400, utf8(`the container runtime does not speak the WebSocket protocol ${protocols}\n`));
  }
  // Without an upgrade there is no success: a 2xx here would leave the client waiting for a stream.
  return plainRefusal(statusCode < 300 ? 502 : statusCode, body, message.headers['content-type']);
}

function plainRefusal(status: number, body: Uint8Array, contentType = 'text/plain; charset=utf-8'): HttpResponse {
  return { status, headers: { 'content-type': contentType, 'content-length': String(body.length) }, body };
}
