import { goQuote } from '@trireme/api-machinery';
import type { Container, Pod, ResourceFieldSelector } from '@trireme/schema/types/core/v1';
import { resourceUnits } from './quantity-value.ts';

/** What a pod may learn of itself beyond its object. */
export interface DownwardFacts {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** Stand in for limits that a container does not have: the node's allocatable. */
  readonly allocatable: Readonly<Record<string, string>>;
}

const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/;

/** The value of a fieldRef; undefined for a path that is not supported. */
export function fieldValue(pod: Pod, fieldPath: string, facts: DownwardFacts): string | undefined {
  const match = subscript.exec(fieldPath);
  if (match) {
    const map = match[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations;
    return map?.[match[2] as string] ?? '';
  }
  switch (fieldPath) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return mapText(pod.metadata.labels);
    case 'metadata.annotations':
      return mapText(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return facts.hostIps[0] ?? '';
    case 'status.hostIPs':
      return facts.hostIps.join(',');
    case 'status.podIP':
      return facts.podIps[0] ?? '';
    case 'status.podIPs':
      return facts.podIps.join(',');
    default:
      return undefined;
  }
}

/** `key="value"` lines in the order of keys, values quoted as Go quotes them. */
function mapText(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${goQuote(map[key] ?? '')}`)
    .join('\n');
}

/** 'limits.cpu' in units of the divisor, rounded up; undefined for a resource that cannot be asked for. */
export function resourceFieldValue(
  container: Container,
  selector: ResourceFieldSelector,
  facts: DownwardFacts,
): string | undefined {
  const match = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.exec(selector.resource);
  if (!match) return undefined;
  const [, side, resource = ''] = match;
  const { limits, requests } = container.resources ?? {};
  const quantity =
    side === 'limits'
      ? (limits?.[resource] ?? facts.allocatable[resource])
      : (requests?.[resource] ?? limits?.[resource]);
  // A divisor of zero, which is also how an absent one may be written, means one.
  const divisor = resourceUnits(resource, selector.divisor) || resourceUnits(resource, '1');
  return String(Math.ceil(resourceUnits(resource, quantity) / divisor));
}
