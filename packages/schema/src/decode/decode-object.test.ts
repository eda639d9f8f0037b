import { deepFreeze, type JsonValue, utf8 } from '@trireme/base';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../json/parse-json.ts';
import { builtinTypes } from '../type-table.ts';
import {
  cannotBeHandled,
  decodeObject,
  readTypeMeta,
  strictDecodingMessage,
  unrecognizedObject,
} from './decode-object.ts';

const deployment = 'api.apps.v1.Deployment';
const pod = 'api.core.v1.Pod';
const service = 'api.core.v1.Service';

describe('values of the wrong type', () => {
  test.each<[string, JsonValue, string]>([
    [
      deployment,
      { spec: { replicas: '3' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: { replicas: 3_000_000_000 } },
      'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: { template: { spec: { containers: [{ name: 'a' }, { env: [{ value: 1 }] }] } } } },
      'json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
    ],
    [
      pod,
      { metadata: { labels: { a: true } } },
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      pod,
      { metadata: { labels: ['a'] } },
      'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      pod,
      { spec: { containers: {} } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [pod, { spec: 'x' }, 'json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec'],
    [
      pod,
      { spec: { restartPolicy: 1 } },
      'json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
    ],
    [
      pod,
      { spec: { containers: [{ resources: { limits: 'all' } }] } },
      'json: cannot unmarshal string into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList',
    ],
    [
      service,
      { spec: { ports: [{ targetPort: {} }] } },
      'json: cannot unmarshal object into Go struct field ServicePort.spec.ports.targetPort of type int32',
    ],
    [
      pod,
      { metadata: { creationTimestamp: 5 } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string',
    ],
    [pod, ['x'], 'json: cannot unmarshal array into Go value of type v1.Pod'],
    [
      pod,
      { metadata: { creationTimestamp: 'yesterday' } },
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    ],
    [
      pod,
      { spec: { containers: [{ resources: { limits: { cpu: 'x' } } }] } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [pod, { spec: { containers: [{ resources: { limits: { cpu: '1ki' } } }] } }, "unable to parse quantity's suffix"],
    ['api.core.v1.Secret', { data: { a: 'YQ' } }, 'illegal base64 data at input byte 0'],
    ['api.core.v1.Secret', { data: { a: 'YWJj!A==' } }, 'illegal base64 data at input byte 4'],
  ])('%s %j', (typeId, value, message) => {
    expect(() => decodeObject(builtinTypes, typeId, value)).toThrow(expect.objectContaining({ message }));
  });

  test('the answer names the kind', () => {
    expect(cannotBeHandled({ group: 'apps', version: 'v1', kind: 'Deployment' }, 'Deployment', 'json: x')).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: json: x',
    );
  });
});

describe('fields that the type does not have', () => {
  const strict = (typeId: string, text: string): readonly string[] => {
    const { value, duplicates } = parseJson(text, { findDuplicates: true });
    return decodeObject(builtinTypes, typeId, value, { duplicates }).strictErrors;
  };

  test.each<[string, string[]]>([
    [
      '{"spec":{"foo":1,"containers":[{"nam":"x"}]}}',
      ['unknown field "spec.foo"', 'unknown field "spec.containers[0].nam"'],
    ],
    ['{"Spec":{}}', ['unknown field "Spec"']],
    ['{"spec":{"hostPID":true,"hostPID":false}}', ['duplicate field "spec.hostPID"']],
    ['{"metadata":{"labels":{"a":"1","a":"2"}}}', ['duplicate field "metadata.labels.a"']],
    ['{"foo":{"a":1,"a":2},"foo":1}', ['unknown field "foo"']],
    ['{"spec":{"\\"q":1}}', ['unknown field "spec.\\"q"']],
  ])('%s', (text, errors) => {
    expect(strict(pod, text)).toEqual(errors);
  });

  test('are listed once each, and no more than a hundred', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`x${i}`, 1]));
    expect(decodeObject(builtinTypes, pod, many).strictErrors).toHaveLength(100);
    expect(strictDecodingMessage(['unknown field "a"', 'duplicate field "b"'])).toBe(
      'strict decoding error: unknown field "a", duplicate field "b"',
    );
  });

  test('are left out of the value, and the input stays as it was', () => {
    const input = deepFreeze({ metadata: { name: 'a', bar: null }, spec: { foo: {}, nodeName: 'n' }, status: null });
    expect(decodeObject(builtinTypes, pod, input).value).toEqual({ metadata: { name: 'a' }, spec: { nodeName: 'n' } });
  });

  test('say nothing within a schema that decodes itself', () => {
    const typeId = 'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
    const decoded = decodeObject(builtinTypes, typeId, {
      type: 'array',
      items: { type: 'string', bogus: 1 },
      bogus: 2,
    });
    expect(decoded).toEqual({
      value: { type: 'array', items: { type: 'string' } },
      strictErrors: ['unknown field "bogus"'],
    });
  });
});

describe('canonical form', () => {
  test.each<[string, JsonValue, JsonValue]>([
    [pod, { spec: { overhead: { cpu: 2 } } }, { spec: { overhead: { cpu: '2' } } }],
    [pod, { metadata: { finalizers: [null] } }, { metadata: { finalizers: [''] } }],
    [pod, { spec: { containers: [null] } }, { spec: { containers: [{}] } }],
    [pod, { metadata: { labels: { a: null } } }, { metadata: { labels: { a: '' } } }],
    [
      pod,
      { metadata: { creationTimestamp: '2024-01-01T01:30:00.5+02:00' } },
      { metadata: { creationTimestamp: '2023-12-31T23:30:00Z' } },
    ],
    ['api.core.v1.Secret', { data: { a: 'YW\nJj' } }, { data: { a: 'YWJj' } }],
  ])('%s %j', (typeId, value, expected) => {
    expect(decodeObject(builtinTypes, typeId, deepFreeze(value)).value).toEqual(expected);
  });

  test('is the very input where nothing has to change', () => {
    const value = { metadata: { name: 'a', labels: { b: 'c' } }, spec: { containers: [{ name: 'c' }] } };
    expect(decodeObject(builtinTypes, pod, value).value).toBe(value);
  });

  test('goes through the quantity hook', () => {
    const decoded = decodeObject(
      builtinTypes,
      pod,
      { spec: { overhead: { cpu: '1000m' } } },
      { canonicalQuantity: (text) => (text === '1000m' ? '1' : text) },
    );
    expect(decoded.value).toEqual({ spec: { overhead: { cpu: '1' } } });
  });

  test('keeps a label called __proto__ an ordinary one', () => {
    const { value } = parseJson('{"metadata":{"labels":{"__proto__":null,"a":"b"}}}');
    const decoded = decodeObject(builtinTypes, pod, value);
    expect(JSON.stringify(decoded.value)).toBe('{"metadata":{"labels":{"__proto__":"","a":"b"}}}');
  });
});

describe('bodies that do not say what they are', () => {
  test.each<[JsonValue, string]>([
    [{ kind: 5 }, 'json: cannot unmarshal number into Go struct field .kind of type string'],
    [
      [],
      'json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
    ],
  ])('%j', (value, message) => {
    expect(() => readTypeMeta(value)).toThrow(`couldn't get version/kind; json parse error: ${message}`);
  });

  test('are shown in part', () => {
    expect(unrecognizedObject('Pod', "Object 'Kind' is missing", utf8('{"a":1}'))).toBe(
      `the object provided is unrecognized (must be of type Pod): Object 'Kind' is missing ({"a":1})`,
    );
    expect(unrecognizedObject('Pod', 'x', utf8('xx'))).toContain('(7878)');
    expect(unrecognizedObject('Pod', 'x', utf8(''))).toContain('(<empty>)');
  });
});

describe('zeros that Go would not write out again', () => {
  test.each<[string, JsonValue, JsonValue]>([
    ['an empty text', { metadata: { name: '', generateName: 'a-' } }, { metadata: { generateName: 'a-' } }],
    ['false', { spec: { hostNetwork: false, containers: [] } }, { spec: { containers: [] } }],
    [
      'zero',
      { spec: { containers: [{ name: 'a', ports: [{ containerPort: 0, hostPort: 0 }] }] } },
      { spec: { containers: [{ name: 'a', ports: [{ containerPort: 0 }] }] } },
    ],
    [
      'but not behind a pointer',
      { spec: { enableServiceLinks: false, priority: 0, containers: [] } },
      { spec: { enableServiceLinks: false, priority: 0, containers: [] } },
    ],
    ['nor in a map', { metadata: { labels: { a: '' } } }, { metadata: { labels: { a: '' } } }],
  ])('%s', (_, value, expected) => {
    expect(decodeObject(builtinTypes, pod, value).value).toEqual(expected);
  });
});
