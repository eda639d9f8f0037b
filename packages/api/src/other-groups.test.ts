import { fieldErrorMessage } from '@trireme/api-machinery';
import type { Lease } from '@trireme/schema/types/coordination/v1';
import type { EndpointSlice } from '@trireme/schema/types/discovery/v1';
import type { Event } from '@trireme/schema/types/events/v1';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '@trireme/schema/types/rbac/v1';
import type { PriorityClass } from '@trireme/schema/types/scheduling/v1';
import { describe, expect, test } from 'vitest';
import {
  type Change,
  created,
  createFindings,
  rowOf,
  updateFindings,
  withChange,
  withChanges,
} from '../test/findings.ts';
import { leaseKind } from './coordination/lease/kind.ts';
import { endpointSliceKind } from './discovery/endpoint-slice/kind.ts';
import { fromCoreEvent, toCoreEvent } from './events/event/convert.ts';
import { eventsEventKind } from './events/event/kind.ts';
import { clusterRoleKind } from './rbac/cluster-role/kind.ts';
import { clusterRoleBindingKind } from './rbac/cluster-role-binding/kind.ts';
import { roleKind } from './rbac/role/kind.ts';
import { roleBindingKind } from './rbac/role-binding/kind.ts';
import { validateLocalSubjectAccessReview, validateSubjectAccessReview } from './reviews/access-review.ts';
import { validateBindingRequest, validateScale } from './reviews/pod-requests.ts';
import { defaultTokenRequest, tokenReviewProblem, validateTokenRequest } from './reviews/tokens.ts';
import { priorityClassKind, systemPriorityClasses } from './scheduling/priority-class/kind.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const metadata = { name: 'x', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' };
const rbac = 'rbac.authorization.k8s.io';

describe('Lease', () => {
  const lease: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec: { holderIdentity: 'node-1', leaseDurationSeconds: 40 },
  };

  test('good, and its columns', () => {
    expect(createFindings(leaseKind, lease)).toEqual([]);
    expect(createFindings(leaseKind, withChanges(lease, [['spec/holderIdentity', '']]))).toEqual([]);
    expect(rowOf(leaseKind, lease, nowMs)).toEqual({ Name: 'x', Holder: 'node-1', Age: '10m' });
  });

  test.each<[Change, string]>([
    [['spec/leaseDurationSeconds', 0], 'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
    [['spec/leaseTransitions', -1], 'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0'],
  ])('refuses %j', (change, message) => {
    expect(createFindings(leaseKind, withChange(lease, change))).toEqual([message]);
  });
});

describe('EndpointSlice', () => {
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [{ port: 80 }],
  };

  test('good, filled, and its columns', () => {
    expect(createFindings(endpointSliceKind, slice)).toEqual([]);
    expect(created(endpointSliceKind, slice).ports).toEqual([{ port: 80, name: '', protocol: 'TCP' }]);
    expect(rowOf(endpointSliceKind, slice, nowMs)).toMatchObject({
      AddressType: 'IPv4',
      Ports: '80',
      Endpoints: '10.0.0.1',
    });
    const empty = withChanges(slice, [
      ['endpoints', []],
      ['ports', []],
    ]);
    expect(rowOf(endpointSliceKind, empty, nowMs)).toMatchObject({ Ports: '<unset>', Endpoints: '<unset>' });
  });

  test.each<[Change, ...string[]]>([
    [['addressType', ''], 'addressType: Required value'],
    [['addressType', 'MAC'], 'addressType: Unsupported value: "MAC": supported values: "FQDN", "IPv4", "IPv6"'],
    [['endpoints/0/addresses', []], 'endpoints[0].addresses: Required value: must contain at least 1 address'],
    [
      ['endpoints/0/addresses', ['fd00::1']],
      'endpoints[0].addresses[0]: Invalid value: "fd00::1": must be a valid IPv4 address',
    ],
    [['ports', [{ port: 1 }, { port: 2 }]], 'ports[1].name: Duplicate value: ""'],
  ])('refuses %j', (change, ...messages) => {
    expect(createFindings(endpointSliceKind, withChange(slice, change))).toEqual(messages);
  });

  test('keeps its address type', () => {
    const changed = withChanges(slice, [
      ['addressType', 'FQDN'],
      ['endpoints', []],
    ]);
    expect(updateFindings(endpointSliceKind, changed, slice)).toEqual([
      'addressType: Invalid value: "FQDN": field is immutable',
    ]);
  });
});

describe('events.k8s.io', () => {
  const event: Event = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata,
    eventTime: '2026-01-01T00:08:00.000000Z',
    regarding: { kind: 'Pod', namespace: 'default', name: 'web' },
    reason: 'Scheduled',
    action: 'Binding',
    note: 'Assigned',
    type: 'Normal',
    reportingController: 'scheduler',
    reportingInstance: 'scheduler-1',
  };

  test('is another view of the core event', () => {
    expect(fromCoreEvent(toCoreEvent(event))).toEqual(event);
    expect(toCoreEvent(event)).toMatchObject({
      apiVersion: 'v1',
      involvedObject: { name: 'web' },
      message: 'Assigned',
      reportingComponent: 'scheduler',
    });
    expect(rowOf(eventsEventKind, event, nowMs)).toMatchObject({ 'Last Seen': '2m', Object: 'pod/web' });
    expect(createFindings(eventsEventKind, event)).toEqual([]);
  });

  test.each<[Change, string]>([
    [['eventTime', undefined], 'eventTime: Required value'],
    [['type', 'Odd'], 'type: Invalid value: "": has invalid value: Odd'],
    [['reportingController', ''], 'reportingController: Required value'],
    [['deprecatedCount', 2], 'deprecatedCount: Invalid value: "": needs to be unset'],
  ])('refuses %j', (change, message) => {
    expect(createFindings(eventsEventKind, withChange(event, change))).toEqual([message]);
  });
});

describe('roles', () => {
  const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
  const role: Role = { apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules: [rule] };
  const clusterRole: ClusterRole = {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' },
    rules: [rule, { verbs: ['get'], nonResourceURLs: ['/healthz'] }],
  };

  test('good, and their columns', () => {
    expect(createFindings(roleKind, role)).toEqual([]);
    expect(createFindings(clusterRoleKind, clusterRole)).toEqual([]);
    expect(rowOf(roleKind, role, nowMs)).toEqual({ Name: 'x', 'Created At': '2026-01-01T00:00:00Z' });
  });

  test.each<[Change, string]>([
    [['rules/0/verbs', []], 'rules[0].verbs: Required value: verbs must contain at least one value'],
    [
      ['rules/0/apiGroups', []],
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
    ],
    [['rules/0/resources', []], 'rules[0].resources: Required value: resource rules must supply at least one resource'],
    [
      ['rules/0', { verbs: ['get'], nonResourceURLs: ['/x'] }],
      'rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
    ],
  ])('refuses %j', (change, message) => {
    expect(createFindings(roleKind, withChange(role, change))).toEqual([message]);
  });

  test('an aggregation must select something', () => {
    const wrong = withChanges(clusterRole, [['aggregationRule', {}]]);
    expect(createFindings(clusterRoleKind, wrong)).toEqual([
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ]);
  });
});

describe('role bindings', () => {
  const binding: RoleBinding = {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { kind: 'Role', name: 'reader' },
    subjects: [
      { kind: 'User', name: 'ann' },
      { kind: 'Group', name: 'devs' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'default' },
    ],
  };
  const clusterBinding: ClusterRoleBinding = {
    ...binding,
    kind: 'ClusterRoleBinding',
    roleRef: { kind: 'ClusterRole', name: 'reader' },
  };

  test('good, filled, and their columns', () => {
    expect(createFindings(roleBindingKind, binding)).toEqual([]);
    expect(createFindings(clusterRoleBindingKind, clusterBinding)).toEqual([]);
    const stored = created(roleBindingKind, binding);
    expect(stored.roleRef.apiGroup).toBe(rbac);
    expect(stored.subjects?.map(({ apiGroup }) => apiGroup)).toEqual([rbac, rbac, undefined]);
    expect(rowOf(roleBindingKind, stored, nowMs)).toEqual({
      Name: 'x',
      Role: 'Role/reader',
      Age: '10m',
      Users: 'ann',
      Groups: 'devs',
      ServiceAccounts: 'default/robot',
    });
  });

  test.each<[Change, string]>([
    [['roleRef/kind', 'Pod'], 'roleRef.kind: Unsupported value: "Pod": supported values: "Role", "ClusterRole"'],
    [['roleRef/name', ''], 'roleRef.name: Required value'],
    [
      ['subjects/0/kind', 'Robot'],
      'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ],
    [['subjects/2/apiGroup', 'x'], 'subjects[2].apiGroup: Unsupported value: "x": supported values: ""'],
  ])('refuses %j', (change, message) => {
    expect(createFindings(roleBindingKind, withChange(binding, change))).toEqual([message]);
  });

  test('cluster-wide, an account needs its namespace', () => {
    const wrong = withChanges(clusterBinding, [['subjects/2/namespace', undefined]]);
    expect(createFindings(clusterRoleBindingKind, wrong)).toEqual(['subjects[2].namespace: Required value']);
  });

  test('keep their role', () => {
    const changed = withChanges(binding, [['roleRef/name', 'writer']]);
    expect(updateFindings(roleBindingKind, changed, binding)).toEqual([
      `roleRef: Invalid value: {"kind":"Role","name":"writer","apiGroup":"${rbac}"}: cannot change roleRef`,
    ]);
  });
});

describe('PriorityClass', () => {
  const pc: PriorityClass = {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'high' },
    value: 1000,
  };

  test('good, those of the system too, and its columns', () => {
    for (const each of [pc, ...systemPriorityClasses]) expect(createFindings(priorityClassKind, each)).toEqual([]);
    expect(rowOf(priorityClassKind, created(priorityClassKind, pc), nowMs)).toMatchObject({
      Value: 1000,
      'Global-Default': false,
      PreemptionPolicy: 'PreemptLowerPriority',
    });
  });

  test.each<[Change, string]>([
    [['value', 1_000_000_001], 'value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    [
      ['metadata/name', 'system-x'],
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
    ],
  ])('refuses %j', (change, message) => {
    expect(createFindings(priorityClassKind, withChange(pc, change))).toEqual([message]);
  });

  test('keeps its value', () => {
    expect(updateFindings(priorityClassKind, withChanges(pc, [['value', 2]]), pc)).toEqual([
      'value: Forbidden: may not be changed in an update.',
    ]);
  });
});

describe('what is answered but not stored', () => {
  const review = { apiVersion: 'authorization.k8s.io/v1' as const, metadata: { name: '' } };

  test('access reviews', () => {
    const kind = 'SubjectAccessReview' as const;
    const good = { ...review, kind, spec: { user: 'ann', resourceAttributes: { verb: 'get' } } };
    expect(validateSubjectAccessReview(good)).toEqual([]);
    expect(validateSubjectAccessReview({ ...review, kind, spec: {} }).map(fieldErrorMessage)).toEqual([
      'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ]);
    const local = { ...good, kind: 'LocalSubjectAccessReview' as const, metadata: { name: '', namespace: 'a' } };
    expect(validateLocalSubjectAccessReview(local).map(fieldErrorMessage)).toEqual([
      'spec.resourceAttributes.namespace: Invalid value: "": must match metadata.namespace',
    ]);
  });

  test('tokens', () => {
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: 'x' },
      spec: {},
    } as const;
    expect(defaultTokenRequest(request).spec.expirationSeconds).toBe(3600);
    expect(validateTokenRequest({ ...request, spec: { expirationSeconds: 60 } }).map(fieldErrorMessage)).toEqual([
      'spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    ]);
    const tokenReview = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      metadata: { name: '' },
    } as const;
    expect(tokenReviewProblem({ ...tokenReview, spec: { token: '' } })).toBe('token is required for authentication');
    expect(tokenReviewProblem({ ...tokenReview, spec: { token: 't' } })).toBeUndefined();
  });

  test('bindings and scales', () => {
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'web' } } as const;
    expect(validateBindingRequest({ ...binding, target: { kind: 'Node', name: 'n' } })).toEqual([]);
    expect(validateBindingRequest({ ...binding, target: { kind: 'Pod' } }).map(fieldErrorMessage)).toEqual([
      'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
      'target.name: Required value',
    ]);
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'web' } } as const;
    expect(validateScale({ ...scale, spec: { replicas: -1 } }).map(fieldErrorMessage)).toEqual([
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ]);
  });
});
