import { statusErrors } from '@trireme/api-machinery';
import { type Random, randomSuffix } from '@trireme/ports';
import type { ApiObject } from '@trireme/schema';
import { pods, serviceaccounts } from '@trireme/schema/resources';
import type { Container, Pod, ServiceAccount, Volume } from '@trireme/schema/types/core/v1';
import type { ObjectStore } from '../../store/object-store.ts';
import type { StoredObject } from '../../store/stored-object.ts';
import type { AdmissionPlugin } from '../admission.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const mirrorAnnotation = 'kubernetes.io/config.mirror';
/** An hour and a margin, so that a token is renewed before it is an hour old. */
const expirationSeconds = 3607;

/** Every pod runs as a service account, and gets a token of it mounted unless it says no. */
export function serviceAccountAdmission(store: ObjectStore, random: Random): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    handles: ({ operation, kind, subresource }) =>
      operation === 'CREATE' && subresource === '' && kind.ref.resource === 'pods' && kind.ref.group === '',
    async mutate({ object, namespace }) {
      const pod = object as Pod;
      // A mirror pod shows what a kubelet runs by itself: it has no account.
      if (pod.metadata.annotations?.[mirrorAnnotation] !== undefined) return object;
      const name = pod.spec.serviceAccountName || 'default';
      const found = await accountOf(store, namespace, name);
      if (!found) {
        const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
        throw statusErrors.forbidden(pods, pod.metadata.name ?? '', why);
      }
      return withAccount(pod, name, found.object as ServiceAccount, random) as ApiObject;
    },
  };
}

async function accountOf(store: ObjectStore, namespace: string, name: string): Promise<StoredObject | undefined> {
  return store.cached(serviceaccounts, namespace, name) ?? (await store.read(serviceaccounts, namespace, name));
}

function withAccount(pod: Pod, name: string, account: ServiceAccount, random: Random): Pod {
  const pullSecrets = pod.spec.imagePullSecrets?.length ? pod.spec.imagePullSecrets : account.imagePullSecrets;
  const spec = {
    ...pod.spec,
    serviceAccountName: name,
    serviceAccount: name,
    ...(pullSecrets?.length && { imagePullSecrets: pullSecrets }),
  };
  const mounts = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  const named = { ...pod, spec };
  return mounts ? withToken(named, random) : named;
}

function withToken(pod: Pod, random: Random): Pod {
  const volumes = pod.spec.volumes ?? [];
  const present = volumes.find((volume) => volume.name.startsWith('kube-api-access-'));
  const name = present?.name ?? `kube-api-access-${randomSuffix(random)}`;
  const mount = { name, readOnly: true, mountPath };
  let used = false;
  const mounted = <C extends Container>(containers: readonly C[] | undefined): readonly C[] | undefined =>
    containers?.map((container) => {
      if (container.volumeMounts?.some((one) => one.mountPath === mountPath)) return container;
      used = true;
      return { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] };
    });
  const initContainers = mounted(pod.spec.initContainers);
  const containers = mounted(pod.spec.containers) ?? [];
  if (!used) return pod;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(initContainers && { initContainers }),
      containers,
      volumes: present ? volumes : [...volumes, tokenVolume(name)],
    },
  };
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}
