import { isIP } from 'node:net';
import { CodedError } from '@trireme/base';

/** Where to listen. */
export interface BindAddress {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** http or https, a host and a port, and nothing more: what etcd takes, without its UNIX sockets. */
export function parseUrls(flag: string, urls: readonly string[]): readonly string[] {
  return urls.map((given) => {
    const url = given.trim();
    if (/^https?:\/\/(?:\[[0-9a-f:.]+\]|[^/?#:@\s[\]]+):\d{1,5}$/i.test(url)) return url;
    const why = 'has to be http or https, a host and a port, like https://10.0.0.1:2379';
    throw new CodedError('bad-flag', `store serve: --${flag}: '${url}' ${why}.`);
  });
}

export function bindAddress(flag: string): (url: string) => BindAddress {
  return (text) => {
    const url = new URL(text);
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (host !== 'localhost' && isIP(host) === 0)
      throw new CodedError('bad-flag', `store serve: --${flag}: expected IP in URL for binding (${text}).`);
    // Not `url.port`, which leaves out the scheme's own.
    const port = Number(/:(\d+)$/.exec(text)?.[1]);
    return { host: host === 'localhost' ? '127.0.0.1' : host, port, secure: url.protocol === 'https:' };
  };
}
