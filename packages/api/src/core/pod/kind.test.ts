import type { Pod } from '@trireme/schema/types/core/v1';
import { describe, expect, test } from 'vitest';
import { created, withChanges } from '../../../test/findings.ts';
import { defaultPod } from './defaults.ts';
import { podKind } from './kind.ts';

const bare: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'web', image: 'busybox' }] },
};

test('a bare pod is filled as upstream fills it', () => {
  expect(created(podKind, bare)).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'busybox',
          imagePullPolicy: 'Always',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    },
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  });
});

test('an object that needs nothing is handed back as it is', () => {
  const filled = defaultPod(bare);
  expect(defaultPod(filled)).toBe(filled);
});

describe('defaults', () => {
  const fullProbe = { periodSeconds: 10, timeoutSeconds: 1, successThreshold: 1, failureThreshold: 3 };
  test.each([
    ['spec/containers/0/image', 'busybox:1.36', { containers: [{ imagePullPolicy: 'IfNotPresent' }] }],
    ['spec/containers/0/image', 'r:5000/busybox', { containers: [{ imagePullPolicy: 'Always' }] }],
    ['spec/containers/0/image', 'busybox@sha256:abc', { containers: [{ imagePullPolicy: 'IfNotPresent' }] }],
    ['spec/containers/0/ports', [{ containerPort: 80 }], { containers: [{ ports: [{ protocol: 'TCP' }] }] }],
    [
      'spec/containers/0/livenessProbe',
      { httpGet: { port: 80 }, timeoutSeconds: 0 },
      { containers: [{ livenessProbe: { ...fullProbe, httpGet: { path: '/', scheme: 'HTTP', port: 80 } } }] },
    ],
    [
      'spec/containers/0/readinessProbe',
      { grpc: { port: 80 }, periodSeconds: 5 },
      { containers: [{ readinessProbe: { ...fullProbe, periodSeconds: 5, grpc: { port: 80, service: '' } } }] },
    ],
    [
      'spec/containers/0/resources',
      { limits: { cpu: '0.5', memory: '1024Mi' }, requests: { cpu: '100m' } },
      {
        containers: [
          { resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } } },
        ],
      },
    ],
    [
      'spec/volumes',
      [{ name: 'a' }, { name: 'b', secret: { secretName: 's' } }, { name: 'c', hostPath: { path: '/' } }],
      {
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', secret: { secretName: 's', defaultMode: 420 } },
          { name: 'c', hostPath: { path: '/', type: '' } },
        ],
      },
    ],
    ['spec/restartPolicy', '', { restartPolicy: 'Always' }],
    ['spec/serviceAccount', 'robot', { serviceAccount: 'robot', serviceAccountName: 'robot' }],
    ['spec/terminationGracePeriodSeconds', 0, { terminationGracePeriodSeconds: 0 }],
    ['spec/enableServiceLinks', false, { enableServiceLinks: false }],
  ])('%s = %j', (pointer, value, spec) => {
    expect(defaultPod(withChanges(bare, [[pointer, value]])).spec).toMatchObject(spec);
  });

  test("ports are the node's on its own network", () => {
    const pod = withChanges(bare, [
      ['spec/hostNetwork', true],
      ['spec/containers/0/ports', [{ containerPort: 80 }]],
    ]);
    expect(defaultPod(pod).spec.containers[0]?.ports).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
  });

  test('a pod with its own limits requests what its containers do', () => {
    const pod = withChanges(bare, [
      ['spec/resources', { limits: { cpu: '2', memory: '1Gi' } }],
      ['spec/containers/0/resources', { requests: { cpu: '300m' } }],
    ]);
    expect(defaultPod(pod).spec.resources?.requests).toEqual({ cpu: '300m', memory: '1Gi' });
  });
});

describe('QoS class', () => {
  test.each([
    [{}, 'BestEffort'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, 'Burstable'],
    [{ requests: { cpu: '0' } }, 'BestEffort'],
  ])('%j -> %s', (resources, qosClass) => {
    const pod = withChanges(bare, [['spec/containers/0/resources', resources]]);
    expect(created(podKind, pod).status?.qosClass).toBe(qosClass);
  });
});

test('one container that is not fixed makes a pod burstable', () => {
  const fixed = { limits: { cpu: '1', memory: '1Gi' } };
  const pod = withChanges(bare, [
    ['spec/containers/0/resources', fixed],
    ['spec/containers/1', { name: 'b', image: 'b', resources: { requests: { cpu: '1' } } }],
  ]);
  expect(created(podKind, pod).status?.qosClass).toBe('Burstable');
});

test('a gated pod says so from the start', () => {
  const pod = created(podKind, withChanges(bare, [['spec/schedulingGates', [{ name: 'g' }]]]));
  expect(pod.status?.conditions).toEqual([
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
    },
  ]);
});

describe('deletion', () => {
  const bound = withChanges(defaultPod(bare), [['spec/nodeName', 'n']]);
  test.each([
    ['not scheduled', defaultPod(bare), {}, { type: 'now' }],
    ['scheduled', bound, {}, { type: 'mark', gracePeriodSeconds: 30 }],
    ['by options', bound, { gracePeriodSeconds: 5 }, { type: 'mark', gracePeriodSeconds: 5 }],
    ['forced', bound, { gracePeriodSeconds: 0 }, { type: 'now' }],
    ['negative', bound, { gracePeriodSeconds: -1 }, { type: 'mark', gracePeriodSeconds: 1 }],
    ['ended', withChanges(bound, [['status', { phase: 'Failed' }]]), {}, { type: 'now' }],
  ])('%s', (_title, pod, options, deletion) => {
    expect(podKind.graceful?.(pod, options)).toEqual(deletion);
  });
});

test('fields that selectors ask for', () => {
  const pod = withChanges(created(podKind, bare), [['spec/nodeName', 'n']]);
  expect(podKind.selectableFields?.(pod)).toEqual({
    'spec.nodeName': 'n',
    'spec.restartPolicy': 'Always',
    'spec.schedulerName': 'default-scheduler',
    'spec.serviceAccountName': '',
    'spec.hostNetwork': 'false',
    'status.phase': 'Pending',
    'status.podIP': '',
    'status.nominatedNodeName': '',
  });
});

test('warns of what is seldom meant', () => {
  const pod = withChanges(bare, [
    ['metadata/name', 'web.1'],
    ['spec/containers/0/env', [{ name: 'A' }, { name: 'A' }]],
  ]);
  expect(podKind.warnings?.(pod, undefined)).toEqual([
    expect.stringMatching(/^metadata\.name: this is used in the Pod's hostname/),
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ]);
  expect(podKind.warnings?.(pod, pod)).toEqual([]);
});
