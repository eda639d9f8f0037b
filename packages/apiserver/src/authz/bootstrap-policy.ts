import type { PolicyRule } from '@trireme/schema/types/rbac/v1';

/** A role that every cluster has, and who holds it. Facts of upstream's bootstrap policy. */
export interface BootstrapRole {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Selects the roles whose rules this one is made of. */
  readonly aggregates?: string;
  readonly subjects?: readonly {
    readonly kind: 'User' | 'Group' | 'ServiceAccount';
    readonly name: string;
    readonly namespace?: string;
  }[];
}

type Subjects = NonNullable<BootstrapRole['subjects']>;

const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const readWrite = [...write, ...read];
const every = ['*'];

const rule = (
  apiGroup: string | readonly string[],
  resources: string,
  verbs: readonly string[],
  names?: readonly string[],
): PolicyRule => ({
  apiGroups: typeof apiGroup === 'string' ? [apiGroup] : [...apiGroup],
  resources: resources.split(' '),
  verbs: [...verbs],
  ...(names && { resourceNames: [...names] }),
});
const paths = (urls: string, verbs: readonly string[] = ['get']): PolicyRule => ({
  nonResourceURLs: urls.split(' '),
  verbs: [...verbs],
});

const aggregateTo = (role: string): Readonly<Record<string, string>> => ({
  [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true',
});

const eventsGroups = ['', 'events.k8s.io'];
const events = rule(eventsGroups, 'events', ['create', 'patch', 'update']);

const viewRules: readonly PolicyRule[] = [
  rule(
    '',
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
    read,
  ),
  rule(
    '',
    'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
    read,
  ),
  rule('', 'namespaces', read),
  rule('discovery.k8s.io', 'endpointslices', read),
  rule(
    'apps',
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
    read,
  ),
  rule('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', read),
  rule('batch', 'cronjobs cronjobs/status jobs jobs/status', read),
  rule('policy', 'poddisruptionbudgets poddisruptionbudgets/status', read),
  rule('networking.k8s.io', 'ingresses ingresses/status networkpolicies', read),
];

const editRules: readonly PolicyRule[] = [
  rule('', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy', read),
  rule('', 'serviceaccounts', ['impersonate']),
  rule('', 'pods pods/attach pods/exec pods/portforward pods/proxy', write),
  rule('', 'pods/eviction', ['create']),
  rule(
    '',
    'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
    write,
  ),
  rule('', 'serviceaccounts/token', ['create']),
  rule(
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
    write,
  ),
  rule('autoscaling', 'horizontalpodautoscalers', write),
  rule('batch', 'cronjobs jobs', write),
  rule('policy', 'poddisruptionbudgets', write),
  rule('networking.k8s.io', 'ingresses networkpolicies', write),
  rule('coordination.k8s.io', 'leases', readWrite),
];

const adminRules: readonly PolicyRule[] = [
  rule('authorization.k8s.io', 'localsubjectaccessreviews', ['create']),
  rule('rbac.authorization.k8s.io', 'rolebindings roles', readWrite),
];

/** What a kubelet needs. The Node authorizer narrows it to the node's own objects. */
export const nodeRules: readonly PolicyRule[] = [
  rule('authentication.k8s.io', 'tokenreviews', ['create']),
  rule('authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews', ['create']),
  rule('', 'services', read),
  rule('', 'nodes', ['create', ...read]),
  rule('', 'nodes/status', ['patch', 'update']),
  rule('', 'nodes', ['patch', 'update']),
  rule(eventsGroups, 'events', ['create', 'patch', 'update']),
  rule('', 'pods', read),
  rule('', 'pods', ['create', 'delete']),
  rule('', 'pods/status', ['patch', 'update']),
  rule('', 'pods/eviction', ['create']),
  rule('', 'configmaps secrets', read),
  rule('', 'persistentvolumeclaims persistentvolumes', ['get']),
  rule('', 'endpoints', ['get']),
  rule('certificates.k8s.io', 'certificatesigningrequests', ['create', ...read]),
  rule('coordination.k8s.io', 'leases', ['create', 'delete', 'get', 'patch', 'update']),
  rule('storage.k8s.io', 'volumeattachments', ['get']),
  rule('', 'serviceaccounts/token', ['create']),
  rule('', 'serviceaccounts', ['get']),
  rule('', 'persistentvolumeclaims/status', ['get', 'patch', 'update']),
  rule('storage.k8s.io', 'csidrivers', read),
  rule('storage.k8s.io', 'csinodes', ['create', 'delete', 'get', 'patch', 'update']),
  rule('node.k8s.io', 'runtimeclasses', read),
  rule('resource.k8s.io', 'resourceclaims', ['get']),
  rule('resource.k8s.io', 'resourceslices', [
    'deletecollection',
    ...readWrite.filter((verb) => verb !== 'deletecollection'),
  ]),
];

const user = (name: string): Subjects => [{ kind: 'User', name }];
const groups = (...names: readonly string[]): Subjects => names.map((name) => ({ kind: 'Group', name }));

const publicPaths = '/healthz /livez /readyz /version /version/';
const discoveryPaths = '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/';

export const bootstrapRoles: readonly BootstrapRole[] = [
  { name: 'cluster-admin', rules: [rule('*', '*', every), paths('*', every)], subjects: groups('system:masters') },
  { name: 'system:aggregate-to-view', rules: viewRules, labels: aggregateTo('view') },
  { name: 'system:aggregate-to-edit', rules: editRules, labels: aggregateTo('edit') },
  { name: 'system:aggregate-to-admin', rules: adminRules, labels: aggregateTo('admin') },
  { name: 'view', rules: viewRules, labels: aggregateTo('edit'), aggregates: 'view' },
  { name: 'edit', rules: [...viewRules, ...editRules], labels: aggregateTo('admin'), aggregates: 'edit' },
  { name: 'admin', rules: [...viewRules, ...editRules, ...adminRules], aggregates: 'admin' },
  {
    name: 'system:basic-user',
    rules: [
      rule('authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', ['create']),
      rule('authentication.k8s.io', 'selfsubjectreviews', ['create']),
    ],
    subjects: groups('system:authenticated'),
  },
  { name: 'system:discovery', rules: [paths(discoveryPaths)], subjects: groups('system:authenticated') },
  {
    name: 'system:public-info-viewer',
    rules: [paths(publicPaths)],
    subjects: groups('system:authenticated', 'system:unauthenticated'),
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      paths('/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/'),
    ],
    subjects: groups('system:serviceaccounts'),
  },
  {
    name: 'system:monitoring',
    rules: [paths('/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*')],
    subjects: groups('system:monitoring'),
  },
  {
    name: 'system:auth-delegator',
    rules: [
      rule('authentication.k8s.io', 'tokenreviews', ['create']),
      rule('authorization.k8s.io', 'subjectaccessreviews', ['create']),
    ],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      rule('', 'nodes', read),
      rule('', 'nodes', ['proxy']),
      rule('', 'nodes/log nodes/metrics nodes/proxy nodes/stats', every),
    ],
  },
  { name: 'system:node', rules: nodeRules },
  {
    name: 'system:node-proxier',
    rules: [
      rule('', 'endpoints services', ['list', 'watch']),
      rule('', 'nodes', read),
      events,
      rule('discovery.k8s.io', 'endpointslices', ['list', 'watch']),
      rule('networking.k8s.io', 'servicecidrs', ['list', 'watch']),
    ],
    subjects: [{ kind: 'User', name: 'system:kube-proxy' }],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [rule('certificates.k8s.io', 'certificatesigningrequests', ['create', ...read])],
    subjects: groups('system:bootstrappers'),
  },
  {
    name: 'system:kube-scheduler',
    rules: [
      events,
      rule('coordination.k8s.io', 'leases', ['create']),
      rule('coordination.k8s.io', 'leases', ['get', 'list', 'update', 'watch', 'patch'], ['kube-scheduler']),
      rule('coordination.k8s.io', 'leasecandidates', readWrite),
      rule('', 'nodes', read),
      rule('', 'pods', ['delete', ...read]),
      rule('', 'bindings pods/binding', ['create']),
      rule('', 'pods/status', ['patch', 'update']),
      rule('', 'replicationcontrollers services', read),
      rule('apps', 'replicasets statefulsets', read),
      rule('policy', 'poddisruptionbudgets', read),
      rule('', 'persistentvolumeclaims persistentvolumes', read),
      rule('', 'namespaces', read),
      rule('storage.k8s.io', 'csidrivers csinodes csistoragecapacities storageclasses volumeattachments', read),
      rule('resource.k8s.io', 'deviceclasses resourceclaims resourceslices', read),
      rule('authentication.k8s.io', 'tokenreviews', ['create']),
      rule('authorization.k8s.io', 'subjectaccessreviews', ['create']),
    ],
    subjects: user('system:kube-scheduler'),
  },
  {
    // The controllers run as one user here, so this role holds what upstream spreads over the controllers' own roles.
    name: 'system:kube-controller-manager',
    rules: [rule('*', '*', every), paths('*')],
    subjects: user('system:kube-controller-manager'),
  },
  {
    name: 'system:kube-dns',
    rules: [
      rule('', 'endpoints services namespaces pods nodes', ['list', 'watch', 'get']),
      rule('discovery.k8s.io', 'endpointslices', ['list', 'watch']),
    ],
    subjects: [
      { kind: 'ServiceAccount', name: 'kube-dns', namespace: 'kube-system' },
      { kind: 'User', name: 'system:kube-dns' },
    ],
  },
];
