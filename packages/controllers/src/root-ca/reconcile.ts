import { configmaps, namespaces } from '@trireme/schema/resources';
import type { ConfigMap } from '@trireme/schema/types/core/v1';
import { createAction, updateAction } from '../actions.ts';
import { type Controller, nothing, type Plan, type View, watchOf, watchSelf } from '../controller.ts';

const configMapName = 'kube-root-ca.crt';
const descriptionAnnotation = 'kubernetes.io/description';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

export interface RootCaOptions {
  /** The bundle, in PEM, that verifies the apiserver. */
  readonly rootCa: string;
}

/** Puts the cluster's CA into every namespace, where the tokens of pods look for it. */
export function createRootCaController({ rootCa }: RootCaOptions): Controller {
  return {
    name: 'root-ca-certificate-publisher',
    reads: [namespaces, configmaps],
    watches: [
      watchSelf(namespaces),
      watchOf(configmaps, ({ metadata }) => (metadata.name === configMapName ? [metadata.namespace ?? ''] : [])),
    ],
    reconcile: (namespace, view) => reconcileRootCa(rootCa, namespace, view),
  };
}

function reconcileRootCa(rootCa: string, namespace: string, view: View): Plan {
  const owner = view.get(namespaces, namespace);
  if (!owner || owner.metadata.deletionTimestamp) return nothing;
  const known = view.get(configmaps, configMapName, namespace);
  const data = { 'ca.crt': rootCa };
  const annotations = { [descriptionAnnotation]: description };
  if (!known) {
    const metadata = { name: configMapName, namespace, annotations };
    const made: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
    return { actions: [createAction(configmaps, made, { ignoreExists: true })] };
  }
  const published = known.data?.['ca.crt'] === rootCa && Object.keys(known.data).length === 1;
  if (published && known.metadata.annotations?.[descriptionAnnotation]) return nothing;
  const metadata = { ...known.metadata, annotations: { ...known.metadata.annotations, ...annotations } };
  return { actions: [updateAction(configmaps, { ...known, metadata, data })] };
}
