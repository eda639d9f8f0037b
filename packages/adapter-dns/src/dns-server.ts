import { CodedError, messageOf } from '@trireme/base';
import type { DnsAnswer, Logger } from '@trireme/ports';
import { listenTcp } from './tcp-listener.ts';
import { listenUdp } from './udp-listener.ts';

export interface ListenAddress {
  /**
   * One address of the machine, never 0.0.0.0: answers over UDP from a socket on all addresses leave under that of the way
   * out, which the translation of a cluster IP does not know again.
   */
  readonly host: string;
  /** 0: the system takes a free one, the same for UDP and TCP. */
  readonly port: number;
}

export interface DnsServerOptions {
  readonly answer: DnsAnswer;
  readonly listen: readonly ListenAddress[];
  readonly logger: Logger;
}

export interface DnsServer {
  /** Resolves once every address is open; rejects with a CodedError 'dns-listen-failed', and then none is. */
  start(): Promise<void>;
  /** Closes all sockets; answers under way are dropped. */
  stop(): Promise<void>;
  /** The addresses that are open, with their true ports. */
  readonly addresses: readonly ListenAddress[];
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export function createDnsServer(options: DnsServerOptions): DnsServer {
  const listeners: Listener[] = [];
  const addresses: ListenAddress[] = [];
  const stop = async (): Promise<void> => {
    addresses.length = 0;
    await Promise.all(listeners.splice(0).map((listener) => listener.close()));
  };
  return {
    addresses,
    stop,
    async start() {
      for (const { host, port } of options.listen) {
        try {
          const tcp = await listenTcp(options, host, port);
          listeners.push(tcp);
          listeners.push(await listenUdp(options, host, tcp.port));
          addresses.push({ host, port: tcp.port });
        } catch (error) {
          await stop();
          const reason = `${messageOf(error)}. See what else listens there (ss -lnup), or choose another port.`;
          throw new CodedError('dns-listen-failed', `listen for DNS on ${host}:${port}: ${reason}`, { cause: error });
        }
      }
    },
  };
}
