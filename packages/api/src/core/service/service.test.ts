import type { Service } from '@trireme/schema/types/core/v1';
import { describe, expect, test } from 'vitest';
import {
  type Change,
  created,
  createFindings,
  rowOf,
  updateFindings,
  withChange,
  withChanges,
} from '../../../test/findings.ts';
import { serviceKind } from './kind.ts';

const good: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
};

/** As the apiserver stores it: with the addresses it gave. */
const stored = withChanges(created(serviceKind, good), [
  ['spec/clusterIP', '10.0.0.1'],
  ['spec/clusterIPs', ['10.0.0.1']],
]);

test('a bare service is filled', () => {
  expect(created(serviceKind, good)).toMatchObject({
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, targetPort: 80, protocol: 'TCP' }],
    },
    status: { loadBalancer: {} },
  });
  expect(createFindings(serviceKind, good)).toEqual([]);
});

test.each([
  ['spec/type', 'NodePort', { externalTrafficPolicy: 'Cluster' }],
  ['spec/type', 'LoadBalancer', { externalTrafficPolicy: 'Cluster', allocateLoadBalancerNodePorts: true }],
  ['spec/sessionAffinity', 'ClientIP', { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } }],
  ['spec/clusterIP', 'None', { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: ['IPv4'] }],
  ['spec/clusterIP', '10.0.0.9', { clusterIPs: ['10.0.0.9'] }],
])('defaults for %s = %s', (pointer, value, spec) => {
  expect(created(serviceKind, withChange(good, [pointer, value])).spec).toMatchObject(spec);
});

test('a headless service without a selector may answer with both families', () => {
  const service = withChanges(good, [
    ['spec/clusterIP', 'None'],
    ['spec/selector', undefined],
  ]);
  expect(created(serviceKind, service).spec).toMatchObject({
    ipFamilies: ['IPv4', 'IPv6'],
    ipFamilyPolicy: 'RequireDualStack',
  });
});

describe('refused', () => {
  test.each<[Change, ...string[]]>([
    [['spec/ports', []], 'spec.ports: Required value'],
    [
      ['spec/ports/0/port', 0],
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [['spec/ports', [{ port: 80, name: 'a' }, { port: 81 }]], 'spec.ports[1].name: Required value'],
    [
      [
        'spec/ports',
        [
          { port: 80, name: 'a' },
          { port: 81, name: 'a' },
        ],
      ],
      'spec.ports[1].name: Duplicate value: "a"',
    ],
    [
      [
        'spec/ports',
        [
          { port: 80, name: 'a' },
          { port: 80, name: 'b' },
        ],
      ],
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
    [['spec/ports/0/nodePort', 30000], "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    [
      ['spec/type', 'Internal'],
      'spec.type: Unsupported value: "Internal": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    [['spec/type', 'ExternalName'], 'spec.externalName: Required value'],
    [
      ['spec/clusterIP', '10.0.0'],
      'spec.clusterIPs[0]: Invalid value: "10.0.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      ['spec/sessionAffinity', 'Cookie'],
      'spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"',
    ],
    [
      ['spec/externalIPs', ['127.0.0.1']],
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [
      ['spec/loadBalancerClass', 'x/y'],
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    [
      ['spec/externalTrafficPolicy', 'Local'],
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
    [
      ['spec/internalTrafficPolicy', 'Near'],
      'spec.internalTrafficPolicy: Unsupported value: "Near": supported values: "Cluster", "Local"',
    ],
    [
      ['spec/trafficDistribution', 'Near'],
      'spec.trafficDistribution: Unsupported value: "Near": supported values: "PreferClose", "PreferSameNode", "PreferSameZone"',
    ],
  ])('%j', (change, ...messages) => {
    expect(createFindings(serviceKind, withChange(good, change))).toEqual(messages);
  });
});

describe('an update', () => {
  const update = (...changes: Change[]): Service => {
    const next = serviceKind.defaults(withChanges(good, changes));
    return serviceKind.prepareForUpdate?.(next, stored) ?? next;
  };

  test('keeps the address that the server gave', () => {
    expect(update().spec).toMatchObject({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] });
  });

  test('may not take another address', () => {
    const moved = withChanges(stored, [['spec/clusterIP', '10.0.0.2']]);
    expect(updateFindings(serviceKind, moved, stored)).toEqual([
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
    ]);
  });

  test('to ExternalName gives the address back', () => {
    const spec = update(['spec/type', 'ExternalName'], ['spec/externalName', 'example.com']).spec;
    expect(spec.clusterIP).toBeUndefined();
    expect(spec.clusterIPs).toBeUndefined();
    const whole = withChanges(stored, [
      ['spec/type', 'ExternalName'],
      ['spec/externalName', 'example.com'],
    ]);
    expect(updateFindings(serviceKind, whole, stored)).toEqual([]);
  });

  test('keeps node ports by name, and drops them with the type', () => {
    const nodePort = withChanges(stored, [
      ['spec/type', 'NodePort'],
      ['spec/externalTrafficPolicy', 'Cluster'],
      ['spec/ports/0/nodePort', 30001],
    ]);
    const without = withChanges(nodePort, [['spec/ports/0/nodePort', undefined]]);
    expect(serviceKind.prepareForUpdate?.(without, nodePort).spec.ports?.[0]?.nodePort).toBe(30001);
    const back = withChanges(nodePort, [['spec/type', 'ClusterIP']]);
    const dropped = serviceKind.prepareForUpdate?.(back, nodePort).spec;
    expect(dropped?.ports?.[0]?.nodePort).toBeUndefined();
    expect(dropped?.externalTrafficPolicy).toBeUndefined();
    expect(updateFindings(serviceKind, back, nodePort)).toEqual([]);
  });
});

describe('columns', () => {
  const nowMs = Date.parse('2026-01-02T00:00:00Z');
  test.each<[readonly Change[], Readonly<Record<string, string>>]>([
    [
      [],
      {
        Type: 'ClusterIP',
        'Cluster-IP': '10.0.0.1',
        'External-IP': '<none>',
        'Port(s)': '80/TCP',
        Age: '24h',
        Selector: 'app=web',
      },
    ],
    [
      [
        ['spec/type', 'NodePort'],
        ['spec/ports/0/nodePort', 30080],
      ],
      { Type: 'NodePort', 'Port(s)': '80:30080/TCP' },
    ],
    [[['spec/type', 'LoadBalancer']], { 'External-IP': '<pending>' }],
    [
      [
        ['spec/type', 'LoadBalancer'],
        ['status/loadBalancer/ingress', [{ ip: '1.2.3.4' }]],
      ],
      { 'External-IP': '1.2.3.4' },
    ],
    [
      [['spec', { type: 'ExternalName', externalName: 'example.com' }]],
      { 'Cluster-IP': '<none>', 'External-IP': 'example.com', 'Port(s)': '<none>', Selector: '<none>' },
    ],
  ])('%j', (changes, cells) => {
    expect(rowOf(serviceKind, withChanges(stored, changes), nowMs)).toMatchObject(cells);
  });
});
