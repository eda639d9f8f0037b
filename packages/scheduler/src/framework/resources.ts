import { parseQuantity, quantityMilliValue, quantityValue } from '@trireme/api-machinery';
import type { Container, Pod, PodSpec } from '@trireme/schema/types/core/v1';

/** Amounts by resource name: 'cpu' in millicores, everything else in its own unit (bytes, counts). */
export type Amounts = ReadonlyMap<string, number>;

type Quantities = Readonly<Record<string, string>>;

export const noAmounts: Amounts = new Map();

export function amountsOf(quantities: Quantities | undefined): Amounts {
  const amounts = new Map<string, number>();
  for (const [name, text] of Object.entries(quantities ?? {})) {
    const quantity = parseQuantity(text);
    amounts.set(name, name === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity));
  }
  return amounts;
}

export function addAmounts(a: Amounts, b: Amounts, factor = 1): Amounts {
  if (b.size === 0) return a;
  const sum = new Map(a);
  for (const [name, amount] of b) sum.set(name, (sum.get(name) ?? 0) + factor * amount);
  return sum;
}

function greater(a: Amounts, b: Amounts): Amounts {
  if (b.size === 0) return a;
  const most = new Map(a);
  for (const [name, amount] of b) most.set(name, Math.max(most.get(name) ?? 0, amount));
  return most;
}

const requestsOf = (container: Container): Amounts => amountsOf(container.resources?.requests);
const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

/**
 * What a pod asks of a node: all containers that run together, or the largest moment of its start, where init containers
 * run one after another beside the sidecars that were started before them; plus its overhead.
 * https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
export function requestsOfPod(pod: Pod): Amounts {
  const spec: PodSpec = pod.spec;
  let running = noAmounts;
  for (const container of spec.containers) running = addAmounts(running, requestsOf(container));
  let sidecars = noAmounts;
  let starting = noAmounts;
  for (const container of spec.initContainers ?? []) {
    if (isSidecar(container)) {
      sidecars = addAmounts(sidecars, requestsOf(container));
      starting = greater(starting, sidecars);
    } else starting = greater(starting, addAmounts(sidecars, requestsOf(container)));
  }
  return addAmounts(greater(addAmounts(running, sidecars), starting), amountsOf(spec.overhead));
}
