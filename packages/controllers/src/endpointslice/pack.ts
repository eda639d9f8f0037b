import type { Endpoint } from '@trireme/schema/types/discovery/v1';

export interface Packed {
  /** What each slice that was there holds now, in the same order; empty where it is not needed any more. */
  readonly kept: readonly (readonly Endpoint[])[];
  /** What new slices hold. */
  readonly added: readonly (readonly Endpoint[])[];
}

/**
 * Puts the wanted endpoints into slices so that few slices change: an endpoint stays where it is; new ones fill slices
 * that change anyway, then others with room, then new slices. Every watcher reads every changed slice whole, so fewer
 * changed slices matter more than full ones.
 */
export function packEndpoints(
  slices: readonly (readonly Endpoint[])[],
  wanted: readonly Endpoint[],
  maxPerSlice: number,
): Packed {
  const left = new Map(wanted.map((endpoint) => [identityOf(endpoint), endpoint]));
  const kept = slices.map((slice) => {
    const endpoints: Endpoint[] = [];
    for (const old of slice) {
      const current = left.get(identityOf(old));
      if (!current) continue;
      left.delete(identityOf(old));
      endpoints.push(current);
    }
    return { endpoints, changed: endpoints.length !== slice.length };
  });
  const fresh = [...left.values()];
  const fill = (target: { readonly endpoints: Endpoint[] }): void => {
    while (fresh.length > 0 && target.endpoints.length < maxPerSlice) {
      target.endpoints.push(...fresh.splice(0, maxPerSlice - target.endpoints.length));
    }
  };
  for (const slice of kept) if (slice.changed && slice.endpoints.length > 0) fill(slice);
  for (const slice of kept) fill(slice);
  const added: Endpoint[][] = [];
  while (fresh.length > 0) added.push(fresh.splice(0, maxPerSlice));
  return { kept: kept.map(({ endpoints }) => endpoints), added };
}

/** The same pod at the same address is the same endpoint, whatever its state. */
function identityOf({ addresses, targetRef }: Endpoint): string {
  return `${targetRef?.uid ?? ''}|${addresses.join(',')}`;
}
