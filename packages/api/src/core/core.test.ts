import { fieldErrorMessage } from '@trireme/api-machinery';
import type {
  ConfigMap,
  Endpoints,
  Event,
  Namespace,
  Node,
  Secret,
  ServiceAccount,
} from '@trireme/schema/types/core/v1';
import { describe, expect, test } from 'vitest';
import {
  type Change,
  created,
  createFindings,
  rowOf,
  updateFindings,
  withChange,
  withChanges,
} from '../../test/findings.ts';
import { configMapKind } from './config-map/kind.ts';
import { endpointsKind } from './endpoints/kind.ts';
import { eventKind } from './event/kind.ts';
import { namespaceKind } from './namespace/kind.ts';
import { nodeKind } from './node/kind.ts';
import { secretKind } from './secret/kind.ts';
import { serviceAccountKind } from './service-account/kind.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const metadata = { name: 'x', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' };
const sealed = 'field is immutable when `immutable` is set';
const tooLarge = 'Too long: may not be more than 1048576 bytes';

describe('Namespace', () => {
  const namespace: Namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' },
  };
  const stored = created(namespaceKind, namespace);

  test('is held and labelled from the start', () => {
    expect(stored).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'x' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    expect(createFindings(namespaceKind, namespace)).toEqual([]);
    expect(rowOf(namespaceKind, stored, nowMs)).toEqual({ Name: 'x', Status: 'Active', Age: '10m' });
    expect(namespaceKind.selectableFields?.(stored)).toEqual({ name: 'x', 'status.phase': 'Active' });
  });

  test('refuses a finalizer that is no name', () => {
    const wrong = withChanges(namespace, [['spec/finalizers', ['mine']]]);
    expect(createFindings(namespaceKind, wrong)).toEqual([
      'spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });

  test('keeps its finalizers but for the finalize subresource', () => {
    const freed = withChanges(stored, [['spec/finalizers', []]]);
    expect(namespaceKind.prepareForUpdate?.(freed, stored).spec?.finalizers).toEqual(['kubernetes']);
    expect(namespaceKind.subresources?.finalize?.prepare(freed, stored).spec?.finalizers).toEqual([]);
  });

  test('is marked while it is held, then gone', () => {
    expect(namespaceKind.graceful?.(stored, {})).toEqual({ type: 'mark', gracePeriodSeconds: 0 });
    expect(namespaceKind.prepareForDelete?.(stored).status?.phase).toBe('Terminating');
    expect(namespaceKind.graceful?.(withChanges(stored, [['spec/finalizers', []]]), {})).toEqual({ type: 'now' });
  });

  test('is Terminating exactly when it is deleted', () => {
    const early = withChanges(stored, [['status/phase', 'Terminating']]);
    expect(namespaceKind.validateStatusUpdate?.(early, stored).map(fieldErrorMessage)).toEqual([
      'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ]);
  });
});

describe('Node', () => {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'node-1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'edge' },
    },
    spec: { podCIDR: '10.1.0.0/24' },
    status: {
      capacity: { cpu: '2', memory: '1024Mi' },
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    },
  };

  test('is filled', () => {
    expect(created(nodeKind, node)).toMatchObject({
      spec: { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'] },
      status: { capacity: { cpu: '2', memory: '1Gi' }, allocatable: { cpu: '2', memory: '1Gi' } },
    });
    expect(createFindings(nodeKind, node)).toEqual([]);
  });

  test.each<[Change, Readonly<Record<string, string>>]>([
    [
      ['metadata/name', 'node-1'],
      {
        Status: 'Ready',
        Roles: 'control-plane,edge',
        'Internal-IP': '10.0.0.1',
        'External-IP': '<none>',
        'OS-Image': '<unknown>',
      },
    ],
    [['spec/unschedulable', true], { Status: 'Ready,SchedulingDisabled' }],
    [['status/conditions', []], { Status: 'Unknown' }],
    [['status/conditions', [{ type: 'Ready', status: 'Unknown' }]], { Status: 'NotReady' }],
    [['metadata/labels', {}], { Roles: '<none>' }],
  ])('shows %j', (change, cells) => {
    expect(rowOf(nodeKind, withChange(node, change), nowMs)).toMatchObject(cells);
  });

  test.each<[Change, ...string[]]>([
    [
      ['spec/taints', [{ key: 'a', effect: 'Never' }]],
      'spec.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
    [
      [
        'spec/taints',
        [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoSchedule', value: 'b' },
        ],
      ],
      'spec.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule","value":"b"}: taints must be unique by key and effect pair',
    ],
    [
      ['spec/podCIDRs', ['10.0.0.0/33']],
      'spec.podCIDRs[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      ['status/capacity', { cpu: '-1' }],
      'status.capacity[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'status.allocatable[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ])('refuses %j', (change, ...messages) => {
    expect(createFindings(nodeKind, withChange(node, change))).toEqual(messages);
  });

  test('keeps its pod range', () => {
    const moved = withChanges(node, [['spec/podCIDR', '10.2.0.0/24']]);
    expect(updateFindings(nodeKind, moved, node)).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ]);
  });
});

describe('ConfigMap', () => {
  const map: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { key: 'value' } };

  test('good, and its columns', () => {
    expect(createFindings(configMapKind, map)).toEqual([]);
    expect(rowOf(configMapKind, map, nowMs)).toEqual({ Name: 'x', Data: 1, Age: '10m' });
  });

  test.each<[readonly Change[], ...string[]]>([
    [[['binaryData', { key: '' }]], 'data[key]: Invalid value: "key": duplicate of key present in binaryData'],
    [[['data', { key: 'x'.repeat(2 ** 20 + 1) }]], `[]: ${tooLarge}`],
    [[['data', { '..': '' }]], `data[..]: Invalid value: "..": must not be '..'`],
  ])('refuses %o', (changes, ...messages) => {
    expect(createFindings(configMapKind, withChanges(map, changes))).toEqual(messages);
  });

  test('sealed, it stays', () => {
    const old = withChanges(map, [['immutable', true]]);
    expect(updateFindings(configMapKind, withChanges(old, [['data/key', 'b']]), old)).toEqual([
      `data: Forbidden: ${sealed}`,
    ]);
    expect(updateFindings(configMapKind, map, old)).toEqual([`immutable: Forbidden: ${sealed}`]);
  });
});

describe('Secret', () => {
  const secret: Secret = { apiVersion: 'v1', kind: 'Secret', metadata, data: { a: 'YQ==' }, stringData: { b: 'bé' } };

  test('takes stringData in', () => {
    expect(created(secretKind, secret)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      type: 'Opaque',
      data: { a: 'YQ==', b: 'YsOp' },
    });
    expect(createFindings(secretKind, secret)).toEqual([]);
    expect(rowOf(secretKind, created(secretKind, secret), nowMs)).toMatchObject({ Type: 'Opaque', Data: 2 });
  });

  test.each<[readonly Change[], ...string[]]>([
    [[['type', 'kubernetes.io/tls']], 'data[tls.crt]: Required value', 'data[tls.key]: Required value'],
    [[['type', 'kubernetes.io/basic-auth']], 'data[username]: Required value', 'data[password]: Required value'],
    [[['type', 'kubernetes.io/ssh-auth']], 'data[ssh-privatekey]: Required value'],
    [
      [['type', 'kubernetes.io/service-account-token']],
      'metadata.annotations[kubernetes.io/service-account.name]: Required value',
    ],
    [
      [
        ['type', 'kubernetes.io/dockerconfigjson'],
        ['stringData', { '.dockerconfigjson': 'x' }],
      ],
      `data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'x' looking for beginning of value`,
    ],
    [[['stringData', { big: 'x'.repeat(2 ** 20) }]], `data: ${tooLarge}`],
  ])('refuses %o', (changes, ...messages) => {
    expect(createFindings(secretKind, withChanges(secret, changes))).toEqual(messages);
  });

  test('keeps its type, and stays when sealed', () => {
    const old = withChanges(secret, [['immutable', true]]);
    expect(updateFindings(secretKind, withChanges(old, [['type', 'mine']]), old)).toEqual([
      'type: Invalid value: "mine": field is immutable',
    ]);
    expect(updateFindings(secretKind, withChanges(old, [['stringData/b', 'c']]), old)).toEqual([
      `data: Forbidden: ${sealed}`,
    ]);
  });
});

test('ServiceAccount: good, and its columns', () => {
  const account: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
  expect(createFindings(serviceAccountKind, account)).toEqual([]);
  expect(rowOf(serviceAccountKind, account, nowMs)).toEqual({ Name: 'x', Secrets: 0, Age: '10m' });
});

describe('Endpoints', () => {
  const endpoints: Endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata,
    subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ports: [{ port: 80 }] }],
  };

  test.each<[readonly Change[], string]>([
    [[], '10.0.0.1:80,10.0.0.2:80'],
    [[['subsets', []]], '<none>'],
    [[['subsets/0/ports', []]], '10.0.0.1,10.0.0.2'],
    [[['subsets/0/ports/1', { port: 81 }]], '10.0.0.1:80,10.0.0.2:80,10.0.0.1:81 + 1 more...'],
    [[['subsets/0/addresses', [{ ip: 'fd00::1' }]]], '[fd00::1]:80'],
  ])('shows %j', (changes, cell) => {
    expect(rowOf(endpointsKind, withChanges(endpoints, changes), nowMs).Endpoints).toBe(cell);
  });

  test.each<[Change, ...string[]]>([
    [['subsets/0/ports/0/protocol', 'TCP']],
    [['subsets/0/addresses', []], 'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
    [
      ['subsets/0/addresses/0/ip', '127.0.0.1'],
      'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [['subsets/0/ports', [{ port: 1 }, { name: 'b', port: 2 }]], 'subsets[0].ports[0].name: Required value'],
    [
      ['subsets/0/ports/0/port', 0],
      'subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
  ])('rules on %j', (change, ...messages) => {
    expect(createFindings(endpointsKind, withChange(endpoints, change))).toEqual(messages);
  });
});

describe('Event', () => {
  const event: Event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata,
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web', fieldPath: 'spec.containers{web}' },
    reason: 'Pulled',
    message: 'Pulled the image\n',
    type: 'Normal',
    source: { component: 'kubelet', host: 'node-1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:09:00Z',
    count: 3,
  };

  test.each<[readonly Change[], Readonly<Record<string, unknown>>]>([
    [
      [],
      {
        'Last Seen': '60s',
        Type: 'Normal',
        Reason: 'Pulled',
        Object: 'pod/web',
        Subobject: 'spec.containers{web}',
        Source: 'kubelet, node-1',
        Message: 'Pulled the image',
        'First Seen': '10m',
        Count: 3,
        Name: 'x',
      },
    ],
    [
      [
        ['firstTimestamp', undefined],
        ['lastTimestamp', undefined],
        ['count', undefined],
        ['eventTime', '2026-01-01T00:08:00.000000Z'],
        ['source', undefined],
        ['reportingComponent', 'scheduler'],
      ],
      { 'Last Seen': '2m', 'First Seen': '2m', Count: 1, Source: 'scheduler' },
    ],
    [[['series', { count: 7, lastObservedTime: '2026-01-01T00:09:30.000000Z' }]], { 'Last Seen': '30s', Count: 7 }],
    [
      [
        ['lastTimestamp', undefined],
        ['firstTimestamp', undefined],
      ],
      { 'Last Seen': '<unknown>' },
    ],
  ])('shows %j', (changes, cells) => {
    expect(rowOf(eventKind, withChanges(event, changes), nowMs)).toMatchObject(cells);
  });

  test('is of the namespace it is in', () => {
    expect(createFindings(eventKind, event)).toEqual([]);
    expect(createFindings(eventKind, withChanges(event, [['involvedObject/namespace', 'other']]))).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
  });

  test('with an eventTime must say who and what', () => {
    const bare = withChanges(event, [
      ['eventTime', '2026-01-01T00:08:00.000000Z'],
      ['reason', undefined],
    ]);
    expect(createFindings(eventKind, bare)).toEqual([
      'reportingComponent: Required value',
      'reportingInstance: Required value',
      'action: Required value',
      'reason: Required value',
    ]);
  });

  test('is selected by what it is about', () => {
    expect(eventKind.selectableFields?.(event)).toMatchObject({
      'involvedObject.name': 'web',
      source: 'kubelet',
      type: 'Normal',
    });
  });
});
