import { utf8 } from '@trireme/base';
import type { ByteStream, Time, Timer } from '@trireme/ports';
import { createSpdyConnection } from '../spdy/connection.ts';
import type { SpdyHeaders } from '../spdy/header-block.ts';
import type { SpdyStream } from '../spdy/spdy-stream.ts';
import { type ConnectPort, carryConnection, type ForwardTarget } from './port-connection.ts';

/** The kubelet's own limit for the second stream of a pair to come. */
const pairWithinMs = 30_000;

interface Pair {
  readonly timer: Timer;
  data?: SpdyStream;
  error?: SpdyStream;
}

/** Each forwarded connection is a pair of streams, `data` and `error`, that share a `requestID`. */
export function serveSpdyPortForward(
  time: Time,
  stream: ByteStream,
  target: ForwardTarget,
  connect: ConnectPort,
): void {
  const pairs = new Map<string, Pair>();

  const take = (id: string): Pair | undefined => {
    const pair = pairs.get(id);
    pair?.timer.cancel();
    pairs.delete(id);
    return pair;
  };
  const tell = async (error: SpdyStream | undefined, text: string): Promise<void> => {
    await error?.write(utf8(text)).catch(() => undefined);
  };
  const giveUp = (id: string, reason: string): void => {
    const pair = take(id);
    void tell(pair?.error, reason);
    pair?.error?.end();
    pair?.data?.end();
    pair?.data?.discard();
  };
  const pairOf = (id: string): Pair => {
    const known = pairs.get(id);
    if (known) return known;
    const expire = (): void => giveUp(id, `(request=${id}) timed out waiting for streams`);
    const pair = { timer: time.after(pairWithinMs, expire) };
    pairs.set(id, pair);
    return pair;
  };
  const carry = async (port: number, data: SpdyStream, error: SpdyStream): Promise<void> => {
    await carryConnection(connect, target, port, data, (text) => tell(error, text));
    data.end();
    data.discard();
    error.end();
  };

  const connection = createSpdyConnection(stream, {
    role: 'server',
    accept(opened) {
      const asked = forwardHeaders(opened.headers, opened.id);
      if (!asked) return false;
      const pair = pairOf(asked.requestId);
      if (pair[asked.type]) {
        const what = `(request=${asked.requestId}) ${asked.type} stream already assigned`;
        giveUp(asked.requestId, `error processing stream for request ${asked.requestId}: ${what}`);
        return false;
      }
      pair[asked.type] = opened;
      if (asked.type === 'error') opened.discard();
      const { data, error } = pair;
      if (!data || !error) return true;
      take(asked.requestId);
      void carry(asked.port, data, error);
      return true;
    },
  });
  void connection.closed.then(() => {
    for (const id of [...pairs.keys()]) take(id);
  });
}

/** Undefined for a stream that is none of a pair. */
function forwardHeaders(
  headers: SpdyHeaders,
  streamId: number,
): { readonly port: number; readonly type: 'data' | 'error'; readonly requestId: string } | undefined {
  const type = headers.get('streamtype');
  const port = headers.get('port') ?? '';
  if ((type !== 'data' && type !== 'error') || !/^\d{1,5}$/.test(port)) return undefined;
  if (Number(port) < 1 || Number(port) > 65_535) return undefined;
  // The oldest clients give no number, and open the data stream right after the error stream.
  const requestId = headers.get('requestid') ?? String(type === 'error' ? streamId : streamId - 2);
  return { port: Number(port), type, requestId };
}
