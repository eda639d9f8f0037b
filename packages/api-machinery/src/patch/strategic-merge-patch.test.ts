import { deepFreeze, type JsonObject } from '@trireme/base';
import { builtinTypes } from '@trireme/schema';
import { describe, expect, test } from 'vitest';
import { StatusError } from '../errors/status-error.ts';
import { patchSchema, unknownPatchSchema } from './patch-schema.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const pod = patchSchema(builtinTypes, 'api.core.v1.PodSpec');
const deployment = patchSchema(builtinTypes, 'api.apps.v1.Deployment');
const service = patchSchema(builtinTypes, 'api.core.v1.ServiceSpec');

const web = { name: 'web', image: 'web:1' };
const log = { name: 'log', image: 'log:1' };
const two: JsonObject = deepFreeze({ containers: [web, log], nodeName: 'n1' });

const cases: readonly (readonly [string, JsonObject, JsonObject, JsonObject])[] = [
  [
    'an element of a keyed list merges, others stay',
    two,
    { containers: [{ name: 'log', image: 'log:2' }] },
    { containers: [web, { name: 'log', image: 'log:2' }], nodeName: 'n1' },
  ],
  [
    'a new element joins',
    two,
    { containers: [{ name: 'new', image: 'n' }] },
    { containers: [{ name: 'new', image: 'n' }, web, log], nodeName: 'n1' },
  ],
  ['null removes a field', two, { nodeName: null }, { containers: [web, log] }],
  ['null for what is not there does nothing', two, { hostname: null }, two],
  [
    'an element is deleted by its key',
    two,
    { containers: [{ $patch: 'delete', name: 'web' }] },
    { containers: [log], nodeName: 'n1' },
  ],
  [
    'a list is replaced',
    two,
    { containers: [{ name: 'x', image: 'x' }, { $patch: 'replace' }] },
    { containers: [{ name: 'x', image: 'x' }], nodeName: 'n1' },
  ],
  ['a map is replaced', two, { $patch: 'replace', hostname: 'h' }, { hostname: 'h' }],
  [
    'a map is emptied',
    { securityContext: { runAsUser: 1 } },
    { securityContext: { $patch: 'delete' } },
    { securityContext: {} },
  ],
  [
    'a list without a merge strategy is replaced',
    { tolerations: [{ key: 'a' }] },
    { tolerations: [{ key: 'b' }] },
    { tolerations: [{ key: 'b' }] },
  ],
  [
    'the order of elements is set',
    two,
    { '$setElementOrder/containers': [{ name: 'log' }, { name: 'web' }] },
    { containers: [log, web], nodeName: 'n1' },
  ],
  [
    'elements that the order does not name keep their place before those the server had after them',
    deepFreeze({ containers: [web, { name: 'sidecar' }, log] }),
    {
      '$setElementOrder/containers': [{ name: 'web' }, { name: 'new' }, { name: 'log' }],
      containers: [{ name: 'new', image: 'n' }],
    },
    { containers: [web, { name: 'new', image: 'n' }, { name: 'sidecar' }, log] },
  ],
  [
    'deleting and ordering go together, as kubectl apply writes it',
    two,
    {
      '$setElementOrder/containers': [{ name: 'log' }],
      containers: [
        { name: 'log', image: 'log:3' },
        { $patch: 'delete', name: 'web' },
      ],
    },
    { containers: [{ name: 'log', image: 'log:3' }], nodeName: 'n1' },
  ],
  [
    'an element that replaces a deleted one takes a place among the others',
    deepFreeze({ containers: [{ name: 'old' }, web, { name: 'injected' }] }),
    {
      '$setElementOrder/containers': [{ name: 'web' }, { name: 'new' }],
      containers: [{ name: 'new' }, { $patch: 'delete', name: 'old' }],
    },
    { containers: [web, { name: 'injected' }, { name: 'new' }] },
  ],
  [
    'a new value leaves out what it deletes',
    {},
    { securityContext: { runAsUser: 1, seLinuxOptions: { $patch: 'delete' } } },
    { securityContext: { runAsUser: 1 } },
  ],
  [
    'retained keys leave the others out',
    { volumes: [{ name: 'v', emptyDir: {}, hostPath: null }] },
    { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] },
    { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
  ],
  [
    'nested lists merge by their own keys',
    { containers: [{ ...web, ports: [{ containerPort: 80, name: 'a' }], env: [{ name: 'A', value: '1' }] }] },
    {
      containers: [{ name: 'web', ports: [{ containerPort: 81 }], env: [{ name: 'A', value: '2' }], command: ['x'] }],
    },
    {
      containers: [
        {
          ...web,
          ports: [{ containerPort: 81 }, { containerPort: 80, name: 'a' }],
          env: [{ name: 'A', value: '2' }],
          command: ['x'],
        },
      ],
    },
  ],
  [
    'a new value is taken without directives and nulls',
    {},
    { containers: [{ name: 'a', image: null, $retainKeys: ['name'] }], volumes: [{ $patch: 'delete', name: 'v' }] },
    { containers: [{ name: 'a' }], volumes: [] },
  ],
];

describe('pod specs', () => {
  test.each(cases)('%s', (_name, document, patch, expected) => {
    expect(applyStrategicMergePatch(deepFreeze(document), deepFreeze(patch), pod)).toEqual(expected);
  });
});

test('scalar lists are sets, from which values are deleted', () => {
  const object = deepFreeze({ metadata: { name: 'a', finalizers: ['a', 'b'] } });
  expect(applyStrategicMergePatch(object, { metadata: { finalizers: ['c', 'a'] } }, deployment)).toEqual({
    metadata: { name: 'a', finalizers: ['c', 'a', 'b'] },
  });
  const patch = {
    metadata: {
      '$deleteFromPrimitiveList/finalizers': ['a'],
      '$setElementOrder/finalizers': ['c', 'b'],
      finalizers: ['c'],
    },
  };
  expect(applyStrategicMergePatch(object, patch, deployment)).toEqual({
    metadata: { name: 'a', finalizers: ['c', 'b'] },
  });
});

test('a strategy switches by retained keys', () => {
  const object = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
  const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate', rollingUpdate: null } } };
  expect(applyStrategicMergePatch(object, patch, deployment)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
});

test('ports of a service merge by port, labels as a map', () => {
  expect(
    applyStrategicMergePatch(
      { ports: [{ port: 80, targetPort: 8080 }] },
      { ports: [{ port: 80, nodePort: 30080 }] },
      service,
    ),
  ).toEqual({ ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] });
  expect(
    applyStrategicMergePatch(
      { metadata: { labels: { a: '1', b: '2' } } },
      { metadata: { labels: { a: null, c: '3' } } },
      deployment,
    ),
  ).toEqual({ metadata: { labels: { b: '2', c: '3' } } });
});

test('unknown types merge as plain JSON', () => {
  expect(applyStrategicMergePatch({ a: { b: 1 }, l: [1] }, { a: { c: 2 }, l: [2] }, unknownPatchSchema)).toEqual({
    a: { b: 1, c: 2 },
    l: [2],
  });
});

describe('refused', () => {
  const table: readonly (readonly [JsonObject, number, string])[] = [
    [{ containers: [{ image: 'x' }] }, 500, 'map: map[image:x] does not contain declared merge key: name'],
    [{ $patch: 'explode' }, 500, 'unknown patch type: explode in map: map[$patch:explode]'],
    [{ containers: [{ name: 'a', $patch: 'explode' }] }, 500, 'unknown patch type: explode'],
    [{ $retainKeys: ['a'], hostname: 'b' }, 400, 'invalid patch format of retainKeys'],
    [
      { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'b' }] },
      500,
      "doesn't match $setElementOrder list",
    ],
    [{ containers: ['web'] }, 500, 'list element types are not identical'],
    [{ containers: [['web']] }, 422, 'the server rejected our request due to an error in our request'],
  ];
  test.each(table)('%j', (patch, code, message) => {
    let thrown: unknown;
    try {
      applyStrategicMergePatch(two, patch, pod);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(StatusError);
    expect((thrown as StatusError).status.code).toBe(code);
    expect((thrown as StatusError).message).toContain(message);
  });
});
