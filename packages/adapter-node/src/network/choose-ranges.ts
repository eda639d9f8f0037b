import { type Cidr, CodedError, cidrSubnetAt, cidrsOverlap, formatCidr, parseCidr } from '@trireme/base';

/** The address ranges of one cluster. */
export interface ClusterRanges {
  /** The network that joins host and nodes. */
  readonly nodeCidr: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
}

/**
 * Chooses ranges that touch nothing the host already routes: the customary ones first (pods in 10.244.0.0/16, services
 * in 10.96.0.0/16), then their neighbours. `taken` are destinations of the host's routes; the default route is no clash.
 */
export function chooseRanges(taken: readonly string[]): ClusterRanges {
  const used = taken.filter((text) => /^\d/.test(text) && !text.endsWith('/0')).map(parseDestination);
  const choose = (what: string, candidates: Iterable<Cidr>): string => {
    for (const candidate of candidates) {
      if (used.some((range) => cidrsOverlap(range, candidate))) continue;
      used.push(candidate);
      return formatCidr(candidate);
    }
    throw new CodedError(
      'no-free-range',
      `choose a ${what} range: the host's routes leave none free. Give one yourself.`,
    );
  };
  return {
    podCidr: choose('pod', parts('10.128.0.0/9', 16, 116)),
    serviceCidr: choose('service', parts('10.64.0.0/10', 16, 32)),
    nodeCidr: choose('node', parts('10.32.0.0/11', 24, 88 * 32)),
  };
}

/** A route to one host is written without a prefix. */
function parseDestination(text: string): Cidr {
  return parseCidr(text.includes('/') ? text : `${text}/32`);
}

function* parts(whole: string, prefix: number, start: number): Generator<Cidr> {
  const range = parseCidr(whole);
  const count = 2 ** (prefix - range.prefix);
  for (let i = 0; i < count; i++) yield cidrSubnetAt(range, prefix, (start + i) % count);
}

/** The destinations in the output of `ip -json -4 route show table all`. */
export function routeDestinations(json: string): readonly string[] {
  const routes: unknown = JSON.parse(json === '' ? '[]' : json);
  if (!Array.isArray(routes)) return [];
  return routes.flatMap((route: { dst?: unknown; type?: unknown }) =>
    typeof route.dst === 'string' && /^\d/.test(route.dst) ? [route.dst] : [],
  );
}
