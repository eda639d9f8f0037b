const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
};

/** How a connection failed, in the words that people know from events. */
export function dialFailure(error: Error, host: string, port: number): string {
  const code = 'code' in error ? String(error.code) : '';
  const authority = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const known = words[code];
  return known ? `dial tcp ${authority}:${port}: ${known}` : error.message;
}
