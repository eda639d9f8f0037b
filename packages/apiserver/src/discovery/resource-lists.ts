import type { Endpoint } from '../handlers/endpoint.ts';

/** One group version and all that is served in it. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ResourceEntry[];
}

export interface ResourceEntry {
  readonly main: Endpoint | undefined;
  readonly resource: string;
  readonly subresources: readonly Endpoint[];
}

/** Groups in the order that clients prefer them; within a group the preferred version first. */
export function groupVersionsOf(endpoints: readonly Endpoint[]): readonly GroupVersion[] {
  const found = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) {
    const key = `${endpoint.group}/${endpoint.version}`;
    const list = found.get(key) ?? [];
    list.push(endpoint);
    found.set(key, list);
  }
  const all = [...found.values()].map((list) => ({
    group: list[0]?.group ?? '',
    version: list[0]?.version ?? '',
    resources: entriesOf(list),
  }));
  return all.sort((a, b) => rank(a.group) - rank(b.group) || compareVersions(a.version, b.version));
}

function entriesOf(endpoints: readonly Endpoint[]): readonly ResourceEntry[] {
  const names = [...new Set(endpoints.map(({ resource }) => resource))].sort();
  return names.map((resource) => {
    const own = endpoints.filter((endpoint) => endpoint.resource === resource);
    return {
      resource,
      main: own.find(({ subresource }) => subresource === ''),
      subresources: own
        .filter(({ subresource }) => subresource !== '')
        .sort((a, b) => (a.subresource < b.subresource ? -1 : 1)),
    };
  });
}

/** Upstream's group priorities; groups that are not here come after, in the order they were added. */
const groupOrder = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'resource.k8s.io',
];

function rank(group: string): number {
  const at = groupOrder.indexOf(group);
  return at < 0 ? groupOrder.length : at;
}

/** v2 before v1, v1 before v1beta1, v1beta1 before v1alpha1. */
export function compareVersions(a: string, b: string): number {
  const [stabilityA, majorA, minorA] = parseVersion(a);
  const [stabilityB, majorB, minorB] = parseVersion(b);
  return stabilityB - stabilityA || majorB - majorA || minorB - minorA;
}

function parseVersion(text: string): readonly [number, number, number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text);
  if (!match) return [-1, 0, 0];
  const stability = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}

const versionText = (group: string, version: string): string => (group === '' ? version : `${group}/${version}`);

/** The classic APIResourceList of /api/v1 and /apis/<group>/<version>. */
export function apiResourceList({ group, version, resources }: GroupVersion): object {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: versionText(group, version),
    resources: resources.flatMap((entry) => [
      ...(entry.main ? [apiResource(entry.main, entry.resource, { group, version })] : []),
      ...entry.subresources.map((endpoint) =>
        apiResource(endpoint, `${entry.resource}/${endpoint.subresource}`, { group, version }),
      ),
    ]),
  };
}

function apiResource(
  endpoint: Endpoint,
  name: string,
  at: { readonly group: string; readonly version: string },
): object {
  const { gvk, shortNames, categories, singular = '' } = endpoint;
  const foreign = gvk.group !== at.group || gvk.version !== at.version;
  return {
    name,
    singularName: singular,
    namespaced: endpoint.namespaced,
    ...(foreign && { group: gvk.group, version: gvk.version }),
    kind: gvk.kind,
    verbs: [...endpoint.verbs].sort(),
    ...(shortNames?.length && { shortNames }),
    ...(categories?.length && { categories }),
  };
}

/** The APIGroup of /apis/<group>. */
export function apiGroup(group: string, versions: readonly GroupVersion[]): object {
  const listed = versions.map(({ version }) => ({ groupVersion: versionText(group, version), version }));
  return { name: group, versions: listed, preferredVersion: listed[0] };
}

/** All groups with all their resources in one answer (KEP-3352). */
export function aggregatedDiscovery(apiVersion: string, versions: readonly GroupVersion[]): object {
  const groups = [...new Set(versions.map(({ group }) => group))];
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group !== '' && { name: group }), creationTimestamp: null },
      versions: versions.filter((one) => one.group === group).map(versionDiscovery),
    })),
  };
}

function versionDiscovery({ version, resources }: GroupVersion): object {
  return { version, resources: resources.map(resourceDiscovery), freshness: 'Current' };
}

function resourceDiscovery({ main, resource, subresources }: ResourceEntry): object {
  const first = main ?? subresources[0];
  const subs = subresources.map(({ subresource, gvk, verbs }) => ({
    subresource,
    responseKind: gvk,
    verbs: [...verbs].sort(),
  }));
  return {
    resource,
    ...(main && { responseKind: main.gvk }),
    scope: first?.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: main?.singular ?? '',
    verbs: [...(main?.verbs ?? [])].sort(),
    ...(main?.shortNames?.length && { shortNames: main.shortNames }),
    ...(main?.categories?.length && { categories: main.categories }),
    ...(subs.length > 0 && { subresources: subs }),
  };
}
