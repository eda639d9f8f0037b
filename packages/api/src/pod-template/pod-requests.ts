import { addResources, maxResources, parseResources, type Resources, tryParseQuantity } from '@trireme/api-machinery';
import type { Container, PodSpec } from '@trireme/schema/types/core/v1';

const nothing: Resources = new Map();

/** The amounts of a list that can be read; validation names the others. */
function readable(list: { readonly [name: string]: string } | undefined): Resources {
  return parseResources(
    Object.fromEntries(Object.entries(list ?? {}).filter(([, text]) => tryParseQuantity(String(text)) !== undefined)),
  );
}

/**
 * What the containers of a pod request together: the containers and the sidecars at once, or an init container beside
 * the sidecars that were started before it, whichever is more.
 */
export function containerRequests(spec: PodSpec): Resources {
  const requestsOf = (container: Container): Resources => readable(container.resources?.requests);
  let running = spec.containers.map(requestsOf).reduce(addResources, nothing);
  let sidecars = nothing;
  let starting = nothing;
  for (const container of spec.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      running = addResources(running, requests);
      sidecars = addResources(sidecars, requests);
      starting = maxResources(starting, sidecars);
    } else starting = maxResources(starting, addResources(requests, sidecars));
  }
  return maxResources(running, starting);
}
