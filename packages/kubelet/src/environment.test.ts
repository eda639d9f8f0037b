import { toBase64, utf8 } from '@trireme/base';
import type { ConfigMap, Container, Secret, Service } from '@trireme/schema/types/core/v1';
import { describe, expect, it } from 'vitest';
import { resolveEnvironment } from './environment.ts';
import { expand } from './expansion.ts';
import { serviceEnvironment } from './service-environment.ts';
import { makeContainer, makePod } from './testing/pod-fixture.ts';

describe('expand', () => {
  const values: Readonly<Record<string, string>> = { A: 'a', EMPTY: '' };
  for (const [text, expected] of [
    ['$(A)', 'a'],
    ['x$(A)y$(A)', 'xaya'],
    ['$(EMPTY)|', '|'],
    ['$(UNKNOWN)', '$(UNKNOWN)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$$$$(A)', '$$(A)'],
    ['$(A', '$(A'],
    ['$A', '$A'],
    ['100$', '100$'],
    ['$(A)$(', 'a$('],
    ['', ''],
  ] as const) {
    it(`${text} is ${expected}`, () => expect(expand(text, (name) => values[name])).toBe(expected));
  }
});

const configMap: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'conf' },
  data: { COLOR: 'red', SIZE: 'l' },
};
const secret: Secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys' },
  data: { KEY: toBase64(utf8('s3cret')) },
};
const sources = {
  configMaps: new Map([['conf', configMap]]),
  secrets: new Map([['keys', secret]]),
  serviceVariables: new Map([['WEB_SERVICE_HOST', '10.96.0.1']]),
};
const facts = { podIps: ['10.244.0.5', 'fd00::5'], hostIps: ['192.0.2.10'], allocatable: { cpu: '4', memory: '8Gi' } };

function resolve(more: Partial<Container>) {
  const pod = makePod(
    { nodeName: 'node1', serviceAccountName: 'robot', containers: [makeContainer('app', more)] },
    { labels: { tier: 'front' }, annotations: { note: 'a "b"' } },
  );
  const environment = resolveEnvironment(pod, pod.spec.containers[0] as Container, sources, facts);
  return environment.problem ?? Object.fromEntries(environment.variables ?? []);
}

const service = { WEB_SERVICE_HOST: '10.96.0.1' };
const field = (fieldPath: string) => ({ env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath } } }] });
const resource = (name: string, divisor?: string) => ({
  resources: { limits: { cpu: '1500m', memory: '100Mi' }, requests: { cpu: '250m' } },
  env: [{ name: 'X', valueFrom: { resourceFieldRef: { resource: name, divisor } } }],
});

describe('resolveEnvironment', () => {
  const rows: readonly (readonly [string, Partial<Container>, unknown])[] = [
    ['services alone', {}, service],
    [
      'values that use earlier ones',
      {
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '$(A)-$(WEB_SERVICE_HOST)-$(C)' },
        ],
      },
      { ...service, A: '1', B: '1-10.96.0.1-$(C)' },
    ],
    [
      'env over envFrom over services',
      {
        envFrom: [{ configMapRef: { name: 'conf' } }],
        env: [
          { name: 'SIZE', value: 'xl' },
          { name: 'WEB_SERVICE_HOST', value: 'me' },
        ],
      },
      { COLOR: 'red', SIZE: 'xl', WEB_SERVICE_HOST: 'me' },
    ],
    ['a prefix', { envFrom: [{ prefix: 'S_', secretRef: { name: 'keys' } }] }, { ...service, S_KEY: 's3cret' }],
    ['a missing optional source', { envFrom: [{ configMapRef: { name: 'nope', optional: true } }] }, service],
    ['a missing ConfigMap', { envFrom: [{ configMapRef: { name: 'nope' } }] }, 'configmap "nope" not found'],
    [
      'a missing Secret',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'nope', key: 'k' } } }] },
      'secret "nope" not found',
    ],
    [
      'a missing key',
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'conf', key: 'k' } } }] },
      "couldn't find key k in ConfigMap default/conf",
    ],
    [
      'a missing key of a secret',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } }] },
      "couldn't find key k in Secret default/keys",
    ],
    [
      'a missing optional key',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'k', optional: true } } }] },
      service,
    ],
    ['the pod name', field('metadata.name'), { ...service, X: 'web' }],
    ['a label', field("metadata.labels['tier']"), { ...service, X: 'front' }],
    ['the addresses', field('status.podIPs'), { ...service, X: '10.244.0.5,fd00::5' }],
    ['the node address', field('status.hostIP'), { ...service, X: '192.0.2.10' }],
    ['the service account', field('spec.serviceAccountName'), { ...service, X: 'robot' }],
    ['cpu in whole cores, rounded up', resource('limits.cpu'), { ...service, X: '2' }],
    ['cpu in thousandths', resource('requests.cpu', '1m'), { ...service, X: '250' }],
    ['memory in mebibytes', resource('limits.memory', '1Mi'), { ...service, X: '100' }],
    [
      'what the node has where there is no limit',
      { env: [{ name: 'X', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Gi' } } }] },
      { ...service, X: '8' },
    ],
  ];
  for (const [name, more, expected] of rows) it(name, () => expect(resolve(more)).toEqual(expected));
});

describe('serviceEnvironment', () => {
  const make = (namespace: string, name: string, clusterIP: string): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      clusterIP,
      ports: [
        { name: 'http-alt', port: 80 },
        { port: 53, protocol: 'UDP' },
      ],
    },
  });
  const all = [
    make('default', 'kubernetes', '10.96.0.1'),
    make('shop', 'my-web', '10.96.0.2'),
    make('other', 'hidden', '10.96.0.3'),
    make('shop', 'headless', 'None'),
  ];

  it('has the names that programs look for', () => {
    const variables = Object.fromEntries(serviceEnvironment(all, 'shop', true));
    expect(variables).toMatchObject({
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      MY_WEB_SERVICE_HOST: '10.96.0.2',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_SERVICE_PORT_HTTP_ALT: '80',
      MY_WEB_PORT: 'tcp://10.96.0.2:80',
      MY_WEB_PORT_53_UDP: 'udp://10.96.0.2:53',
      MY_WEB_PORT_80_TCP_ADDR: '10.96.0.2',
    });
    expect(Object.keys(variables).some((name) => name.startsWith('HIDDEN') || name.startsWith('HEADLESS'))).toBe(false);
  });

  it('has only the API without service links', () => {
    const names = [...serviceEnvironment(all, 'shop', false).keys()];
    expect(names.every((name) => name.startsWith('KUBERNETES_'))).toBe(true);
    expect(names.length).toBeGreaterThan(0);
  });
});
