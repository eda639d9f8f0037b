import type { ApiObject } from '@trireme/schema';

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;
const metadata = {
  name: 'system:cluster-dns-publisher',
  namespace: 'kube-system',
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
};

/**
 * Every node answers for the cluster's names itself, and its proxy publishes that: the Service kube-system/kube-dns and the
 * node's own EndpointSlice in it. Creating cannot be limited to a name (the name is not known when it is authorized), so
 * the right is limited to the namespace.
 */
export const clusterDnsRole: readonly ApiObject[] = [
  {
    apiVersion,
    kind: 'Role',
    metadata,
    rules: [
      { apiGroups: [''], resources: ['services'], verbs: ['create'] },
      { apiGroups: [''], resources: ['services'], resourceNames: ['kube-dns'], verbs: ['get', 'patch', 'update'] },
      {
        apiGroups: ['discovery.k8s.io'],
        resources: ['endpointslices'],
        verbs: ['create', 'get', 'patch', 'update'],
      },
    ],
  } as ApiObject,
  {
    apiVersion,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup, kind: 'Role', name: metadata.name },
    subjects: [{ apiGroup, kind: 'User', name: 'system:kube-proxy' }],
  } as ApiObject,
];
