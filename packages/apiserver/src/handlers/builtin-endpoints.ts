import type { RequestInfo } from '../request/request-info.ts';
import type { ServerCore } from '../server-core.ts';
import type { Endpoint } from './endpoint.ts';
import { kindEndpoints } from './kind-endpoints.ts';
import { accessReviewEndpoints } from './reviews/access-reviews.ts';
import { tokenReviewEndpoints } from './reviews/token-reviews.ts';
import { nodeProxyEndpoints } from './subresources/node-proxy.ts';
import { bindingEndpoints } from './subresources/pod-binding.ts';
import { evictionEndpoint } from './subresources/pod-eviction.ts';
import { tokenEndpoint } from './subresources/service-account-token.ts';

/** Everything that is served. A new subresource or review is a file and a line here; a new kind comes with `kinds`. */
export function builtinEndpoints(core: ServerCore): readonly Endpoint[] {
  return [
    ...core.kinds.flatMap((kind) => kindEndpoints(core, kind)),
    ...nodeProxyEndpoints(core),
    ...bindingEndpoints(core),
    evictionEndpoint(core),
    ...(core.tokens ? [tokenEndpoint(core, core.tokens)] : []),
    ...accessReviewEndpoints(core),
    ...tokenReviewEndpoints(core),
  ];
}

export interface EndpointTable {
  readonly all: readonly Endpoint[];
  readonly find: (info: RequestInfo) => Endpoint | undefined;
}

type Place = Pick<Endpoint, 'group' | 'version' | 'resource' | 'subresource'>;

export function createEndpointTable(all: readonly Endpoint[]): EndpointTable {
  const keyOf = ({ group, version, resource, subresource }: Place): string =>
    `${group}/${version}/${resource}/${subresource}`;
  const byPlace = new Map(all.map((endpoint) => [keyOf(endpoint), endpoint]));
  return { all, find: (info) => byPlace.get(keyOf(info)) };
}
