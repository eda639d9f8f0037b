const nativeDomain = 'kubernetes.io/';
const hugePages = 'hugepages-';
const extendedQuotaPrefix = 'requests.';

const containerResources: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** Names without a domain that the API knows, of containers, nodes and quotas. */
const standardResources: ReadonlySet<string> = new Set([
  ...containerResources,
  'pods',
  'storage',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);

export function isHugePages(name: string): boolean {
  return name.startsWith(hugePages);
}

export function isStandardResource(name: string): boolean {
  return standardResources.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');
}

export function isStandardContainerResource(name: string): boolean {
  return containerResources.has(name) || isHugePages(name);
}

/** Named without a domain, or with that of Kubernetes itself. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes(nativeDomain);
}

/** A device or the like that a vendor names under its own domain. */
export function isExtendedResource(name: string): boolean {
  return !isNativeResource(name) && !name.startsWith(extendedQuotaPrefix);
}

/** Only what can be shared out beyond its amount may be limited higher than requested. */
export function allowsOvercommit(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}
