import type { RuleSet, UdpFrontend } from './rule-set.ts';

/**
 * The tracked UDP connections to forget after a table has changed, each as what `conntrack -D` takes. A TCP connection ends
 * when its endpoint does, but UDP goes on for as long as the client sends: it would be sent to an endpoint that is gone,
 * or stay untranslated because it began before there was one.
 */
export function staleConnections(before: RuleSet | undefined, after: RuleSet): readonly (readonly string[])[] {
  const old = new Map((before?.udp ?? []).map((frontend) => [keyOf(frontend), frontend]));
  const next = new Map(after.udp.map((frontend) => [keyOf(frontend), frontend]));
  const gone = [...old.values()].filter((frontend) => !next.has(keyOf(frontend))).map(selectAll);
  const changed = [...next].flatMap(([key, frontend]) => {
    const known = old.get(key);
    if (!known || (known.endpoints.length === 0 && frontend.endpoints.length > 0)) return [selectAll(frontend)];
    const removed = known.endpoints.filter((endpoint) => !frontend.endpoints.includes(endpoint));
    return [...new Set(removed.map(addressOf))].map((address) => [...selectAll(frontend), '--dst-nat', address]);
  });
  return [...gone, ...changed];
}

function keyOf({ address, port }: UdpFrontend): string {
  return `${address ?? ''}:${port}`;
}

function selectAll({ address, port }: UdpFrontend): readonly string[] {
  const toAddress = address === undefined ? [] : ['--orig-dst', address];
  return [
    ...(address?.includes(':') ? ['-f', 'ipv6'] : []),
    '-p',
    'udp',
    ...toAddress,
    '--orig-port-dst',
    String(port),
  ];
}

function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':')).replace('[', '').replace(']', '');
}
