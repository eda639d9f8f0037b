import { type Bytes, concatBytes, fromUtf8, utf8 } from '@trireme/base';
import type { ByteStream } from '@trireme/ports';
import type { SimulatedAnswer } from '../behaviour.ts';

/** A request longer than this is not one that the simulation answers. */
const longestHeadBytes = 64 * 1024;

/** A very small HTTP/1.1 server: requests one after the other, whose bodies are passed over. */
export async function serveHttp(
  stream: ByteStream,
  answer: (path: string) => SimulatedAnswer | undefined,
): Promise<void> {
  let pending: Bytes = new Uint8Array(0);
  let bodyLeft = 0;
  for await (const bytes of stream.incoming) {
    pending = concatBytes([pending, bytes]);
    for (;;) {
      const skipped = Math.min(bodyLeft, pending.length);
      pending = pending.subarray(skipped);
      bodyLeft -= skipped;
      const end = bodyLeft === 0 ? endOfHead(pending) : -1;
      if (end < 0) break;
      const head = parseHead(fromUtf8(pending.subarray(0, end)));
      pending = pending.subarray(end);
      bodyLeft = head.bodyBytes;
      const answered = answer(head.path);
      // Who stops answering hangs up.
      if (answered) await stream.write(format(answered, head));
      if (!answered || head.last) return;
    }
    if (pending.length > longestHeadBytes) return;
  }
}

interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly bodyBytes: number;
  /** The client wants the connection to end with the answer. */
  readonly last: boolean;
}

/** The length of the head with the empty line that ends it, or -1. */
function endOfHead(bytes: Bytes): number {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return -1;
}

function parseHead(text: string): RequestHead {
  const [method = '', path = '/', version = ''] = (text.split('\r\n')[0] ?? '').split(' ');
  const connection = /^connection:\s*(.*?)\s*$/im.exec(text)?.[1]?.toLowerCase() ?? '';
  return {
    method,
    path,
    bodyBytes: Number(/^content-length:\s*(\d{1,15})\s*$/im.exec(text)?.[1] ?? 0),
    last: connection === 'close' || (version === 'HTTP/1.0' && connection !== 'keep-alive'),
  };
}

function format({ status, body }: SimulatedAnswer, head: RequestHead): Bytes {
  const bytes = utf8(body);
  const lines = [
    `HTTP/1.1 ${status} Simulated`,
    'content-type: text/plain',
    `content-length: ${bytes.length}`,
    ...(head.last ? ['connection: close'] : []),
  ];
  return concatBytes([utf8(`${lines.join('\r\n')}\r\n\r\n`), ...(head.method === 'HEAD' ? [] : [bytes])]);
}
