import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { CodedError, messageOf } from '@trireme/base';
import type { DnsForwarder, DnsTransport, Logger } from '@trireme/ports';
import { createFrameReader, frameOf } from './tcp-frames.ts';

export interface Upstream {
  readonly host: string;
  /** Default 53. */
  readonly port?: number | undefined;
}

export interface DnsForwarderOptions {
  /** Asked in their order, the next one when one is silent. */
  readonly upstreams: readonly Upstream[];
  readonly logger: Logger;
  /** For one upstream. Default 2000. */
  readonly timeoutMs?: number | undefined;
}

/** The port `DnsForwarder` over sockets. Each query has a socket, and so a source port, of its own: answers are hard to forge. */
export function createDnsForwarder(options: DnsForwarderOptions): DnsForwarder {
  const { upstreams, logger, timeoutMs = 2000 } = options;
  return {
    async forward(message, transport) {
      for (const { host, port = 53 } of upstreams) {
        try {
          return await ask[transport](message, host, port, timeoutMs);
        } catch (error) {
          logger.log('debug', 'a DNS upstream did not answer', { host, port, error: messageOf(error) });
        }
      }
      throw new CodedError('dns-no-upstream', `forward a DNS query: none of ${upstreams.length} upstreams answered`);
    },
  };
}

type Ask = (message: Uint8Array, host: string, port: number, timeoutMs: number) => Promise<Uint8Array>;

const ask: Readonly<Record<DnsTransport, Ask>> = { udp: askUdp, tcp: askTcp };

function askUdp(message: Uint8Array, host: string, port: number, timeoutMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.close();
      finish();
    };
    const timer = setTimeout(() => end(() => reject(timeoutError(host, port, timeoutMs))), timeoutMs);
    socket.on('error', (error) => end(() => reject(error)));
    socket.on('message', (answer) => {
      if (isAnswerTo(message, answer)) end(() => resolve(answer));
    });
    // A connected socket takes datagrams from that address alone.
    socket.connect(port, host, () => socket.send(message));
  });
}

function askTcp(message: Uint8Array, host: string, port: number, timeoutMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const reader = createFrameReader();
    const socket = connect({ host, port });
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      finish();
    };
    const timer = setTimeout(() => end(() => reject(timeoutError(host, port, timeoutMs))), timeoutMs);
    socket.on('error', (error) => end(() => reject(error)));
    socket.on('end', () => end(() => reject(new Error('the connection ended without an answer'))));
    socket.on('data', (chunk: Buffer) => {
      const answer = reader.push(chunk).find((candidate) => isAnswerTo(message, candidate));
      if (answer) end(() => resolve(answer));
    });
    socket.on('connect', () => socket.write(frameOf(message)));
  });
}

function isAnswerTo(query: Uint8Array, answer: Uint8Array): boolean {
  return answer.length >= 12 && answer[0] === query[0] && answer[1] === query[1];
}

function timeoutError(host: string, port: number, timeoutMs: number): Error {
  return new Error(`no answer from ${host}:${port} within ${timeoutMs} ms`);
}
