import type { Pod, Volume } from '@trireme/schema/types/core/v1';
import type { UserInfo } from '../auth/user-info.ts';
import { resourcePrefix } from '../store/keys.ts';
import type { ObjectFeed } from '../store/object-feed.ts';
import { type Attributes, type Authorizer, noOpinion, type ResourceAttributes } from './authorizer.ts';
import { nodeRules } from './bootstrap-policy.ts';
import { ruleAllows } from './policy-rules.ts';

const nodePrefix = 'system:node:';
const pods = { group: '', resource: 'pods' };

/** The node a kubelet's credentials speak for; undefined for everyone else. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.groups.includes('system:nodes') || !user.name.startsWith(nodePrefix)) return undefined;
  return user.name.slice(nodePrefix.length);
}

/** Allows a kubelet what it needs, and of secrets, config maps, tokens and claims only those its own pods use. */
export function createNodeAuthorizer(feed: ObjectFeed): Authorizer {
  return {
    name: 'node',
    authorize(attributes) {
      const node = nodeNameOf(attributes.user);
      if (node === undefined || !nodeRules.some((rule) => ruleAllows(rule, attributes))) return noOpinion;
      const refusal = refusalOf(feed, node, attributes);
      return refusal === undefined ? { allowed: true, reason: '' } : { allowed: false, reason: refusal };
    },
  };
}

const readVerbs = new Set(['get', 'list', 'watch']);

function refusalOf(feed: ObjectFeed, node: string, { verb, resource }: Attributes): string | undefined {
  if (!resource) return undefined;
  const kind = `${resource.group}/${resource.resource}`;
  if (kind === '/secrets' || kind === '/configmaps') {
    if (!readVerbs.has(verb) || resource.name === '') {
      return `can only read resources of this type with a single name`;
    }
    return isUsed(feed, node, resource) ? undefined : noRelationship(node, resource);
  }
  if (kind === '/serviceaccounts' || kind === '/persistentvolumeclaims') {
    return isUsed(feed, node, resource) ? undefined : noRelationship(node, resource);
  }
  if (kind === 'coordination.k8s.io/leases' && resource.namespace !== 'kube-node-lease') {
    return `can only access leases in the "kube-node-lease" system namespace`;
  }
  if (kind === 'coordination.k8s.io/leases' && verb !== 'create' && resource.name !== node) {
    return `can only access node lease with the same name as the requesting node`;
  }
  return undefined;
}

function noRelationship(node: string, resource: ResourceAttributes): string {
  return `no relationship found between node '${node}' and this object (${resource.resource})`;
}

/** Whether a pod of this node names the object. */
function isUsed(feed: ObjectFeed, node: string, resource: ResourceAttributes): boolean {
  const cache = feed.cache(pods);
  const prefix = `${resourcePrefix(pods)}${resource.namespace}/`;
  return cache.list(prefix).some((stored) => {
    const pod = stored.object as Pod;
    return pod.spec?.nodeName === node && names(pod, resource);
  });
}

function names(pod: Pod, { resource, name }: ResourceAttributes): boolean {
  const spec = pod.spec;
  if (!spec) return false;
  if (resource === 'serviceaccounts') return (spec.serviceAccountName || 'default') === name;
  const volumes = spec.volumes ?? [];
  if (resource === 'persistentvolumeclaims') {
    return volumes.some(
      (volume) => volume.persistentVolumeClaim?.claimName === name || `${pod.metadata?.name}-${volume.name}` === name,
    );
  }
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const secret = resource === 'secrets';
  if (secret && spec.imagePullSecrets?.some((pull) => pull.name === name)) return true;
  const inEnv = containers.some(
    ({ env = [], envFrom = [] }) =>
      envFrom.some((from) => (secret ? from.secretRef?.name : from.configMapRef?.name) === name) ||
      env.some(({ valueFrom }) => (secret ? valueFrom?.secretKeyRef?.name : valueFrom?.configMapKeyRef?.name) === name),
  );
  return inEnv || volumes.some((volume) => inVolume(volume, secret, name));
}

function inVolume(volume: Volume, secret: boolean, name: string): boolean {
  const projected = volume.projected?.sources ?? [];
  if (secret) return volume.secret?.secretName === name || projected.some((source) => source.secret?.name === name);
  return volume.configMap?.name === name || projected.some((source) => source.configMap?.name === name);
}
