import { constants, createGzip, gzip } from 'node:zlib';
import type { Body, Headers, HttpResponse } from '@trireme/ports';

/** Below this a body costs more to compress than to send; upstream uses the same bound. */
const minimumSizeBytes = 128 * 1024;

/** The response as it goes out: compressed where the server allows it, the client asks for it and it pays. */
export async function compressFor(acceptEncoding: string | undefined, response: HttpResponse): Promise<HttpResponse> {
  if (!response.compressible || !acceptsGzip(acceptEncoding) || response.headers['content-encoding']) return response;
  if (response.body instanceof Uint8Array && response.body.length < minimumSizeBytes) return response;
  const { 'content-length': _length, ...headers } = response.headers;
  const compressed: Headers = { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' };
  return { ...response, headers: compressed, body: await compressBody(response.body) };
}

function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (!acceptEncoding) return false;
  return acceptEncoding.split(',').some((part) => {
    const [coding, ...parameters] = part.split(';').map((text) => text.trim());
    return coding === 'gzip' && !parameters.includes('q=0');
  });
}

async function compressBody(body: Body): Promise<Body> {
  if (body instanceof Uint8Array) {
    return await new Promise((resolve, reject) =>
      gzip(body, { level: constants.Z_BEST_SPEED }, (error, bytes) => (error ? reject(error) : resolve(bytes))),
    );
  }
  return compressStream(body);
}

async function* compressStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzipper = createGzip({ level: constants.Z_BEST_SPEED });
  const feed = async (): Promise<void> => {
    try {
      for await (const piece of body) {
        if (gzipper.destroyed) return;
        if (!gzipper.write(piece))
          await new Promise((resolve) => gzipper.once('drain', resolve).once('close', resolve));
      }
      gzipper.end();
    } catch (error) {
      gzipper.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  void feed();
  yield* gzipper as AsyncIterable<Uint8Array>;
}
