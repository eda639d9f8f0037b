import type { Kind } from '@trireme/api';
import { systemPriorityClasses } from '@trireme/api';
import { isStatus } from '@trireme/api-machinery';
import { messageOf } from '@trireme/base';
import { type Logger, sleep, type Time } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import { mastersGroup, type UserInfo } from '../auth/user-info.ts';
import { bootstrapRoles } from '../authz/bootstrap-policy.ts';
import type { Registry, WriteContext } from '../registry/registry.ts';
import { formatAddress, serviceRange } from '../registry/service-allocator.ts';
import { clusterDnsRole } from './cluster-dns-role.ts';
import { rbacObjects } from './rbac-objects.ts';

export const systemUser: UserInfo = { name: 'system:apiserver', groups: [mastersGroup] };

export interface BootstrapDeps {
  readonly registry: Registry;
  readonly kinds: readonly Kind[];
  readonly time: Time;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface BootstrapOptions {
  readonly serviceCidr: string;
  /** Where the server listens, which is what Service default/kubernetes leads to. */
  readonly securePort: number;
}

const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/**
 * Makes what every cluster has, where it is missing. Several members may do so at once: whoever comes second finds it there.
 * Tries until it succeeds or `signal` aborts.
 */
export async function bootstrap(deps: BootstrapDeps, options: BootstrapOptions): Promise<void> {
  const wanted = [
    ...systemNamespaces.map(namespaceObject),
    kubernetesService(options),
    ...rbacObjects(bootstrapRoles),
    ...clusterDnsRole,
    ...systemPriorityClasses,
  ];
  for (const object of wanted as readonly ApiObject[]) await createMissing(deps, object);
}

export function bootstrapContext(): WriteContext {
  return { user: systemUser, warnings: [], fieldManager: 'kube-apiserver' };
}

async function createMissing(deps: BootstrapDeps, object: ApiObject): Promise<void> {
  const kind = kindOf(deps.kinds, object);
  if (!kind) return;
  while (!deps.signal.aborted) {
    try {
      await deps.registry.create(kind, object.metadata.namespace ?? '', object, bootstrapContext());
      return;
    } catch (error) {
      if (isStatus(error, 'AlreadyExists')) return;
      const fields = { kind: object.kind, name: object.metadata.name, error: messageOf(error) };
      deps.logger.log('warn', 'could not make an object that every cluster has, trying again', fields);
    }
    await sleep(deps.time, 1000, deps.signal);
  }
}

export function kindOf(kinds: readonly Kind[], object: ApiObject): Kind | undefined {
  return kinds.find(({ ref }) => {
    const apiVersion = ref.group === '' ? ref.version : `${ref.group}/${ref.version}`;
    return ref.kind === object.kind && apiVersion === object.apiVersion;
  });
}

function namespaceObject(name: string): ApiObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function kubernetesService({ serviceCidr, securePort }: BootstrapOptions): ApiObject {
  const clusterIP = formatAddress(serviceRange(serviceCidr).first + 1);
  const spec = {
    type: 'ClusterIP',
    clusterIP,
    clusterIPs: [clusterIP],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    sessionAffinity: 'None',
    ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: securePort }],
  };
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels },
    spec,
  } as ApiObject;
}
