import { CodedError, fromUtf8, messageOf } from '@trireme/base';
import type { Timers } from '@trireme/ports';
import { createFrameReader, framed } from './frames.ts';
import { encodeOpening } from './greeting.ts';
import { connectToPeer, type PeerTls } from './identity.ts';

const maxAnswerBytes = 1 << 20;

/** Asks a member something at its peer address, as one who is no member yet. */
export function askPeer(
  deps: { readonly timers: Timers; readonly tls?: PeerTls | undefined },
  url: string,
  question: string,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new CodedError('peer-silent', `ask ${url} for its ${question}: ${why}. Look whether it runs there.`));
    const socket = connectToPeer(url, deps.tls, undefined, () => {
      socket.write(framed(encodeOpening({ type: 'question', question })));
    });
    const timer = deps.timers.after(timeoutMs, () => {
      fail(`no answer in ${timeoutMs} ms`);
      socket.destroy();
    });
    const reader = createFrameReader(maxAnswerBytes, (frame) => {
      resolve(fromUtf8(frame));
      socket.destroy();
    });
    socket.on('data', (chunk: Buffer) => {
      if (!reader.push(chunk)) socket.destroy();
    });
    socket.on('error', (error) => fail(messageOf(error)));
    socket.on('close', () => {
      timer.cancel();
      fail('it closed the connection');
    });
  });
}
