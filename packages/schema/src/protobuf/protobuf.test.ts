import { concatBytes, type JsonObject, type JsonValue, utf8 } from '@trireme/base';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { arbitraryValue } from '../../test/arbitrary-value.ts';
import { protoSource } from '../../test/proto-source.ts';
import { decodeObject } from '../decode/decode-object.ts';
import { builtinTypes } from '../type-table.ts';
import {
  decodeMessage,
  decodeProtobuf,
  encodeMessage,
  encodeProtobuf,
  hasProtobuf,
  readProtobufEnvelope,
} from './protobuf.ts';

const standalone = builtinTypes.typeIds.filter((id) => builtinTypes.type(id)?.gvk && hasProtobuf(builtinTypes, id));

test('every type comes back from protobuf as it was, and fits its own schema', () => {
  expect(standalone.length).toBeGreaterThan(150);
  for (const typeId of standalone) {
    fc.assert(
      fc.property(arbitraryValue(builtinTypes, typeId), (value) => {
        const object = value as JsonObject;
        const decoded = decodeProtobuf(builtinTypes, encodeProtobuf(builtinTypes, object));
        expect(decoded.typeId).toBe(typeId);
        expect(decoded.value).toEqual(object);
        expect(decodeObject(builtinTypes, typeId, object)).toEqual({ value: object, strictErrors: [] });
      }),
      { numRuns: 4, seed: 1 },
    );
  }
});

// The oracle reads the numbers and wire types of the table by itself, from a .proto text, with its own codec.
test('protobufjs reads the same messages, and writes bytes that we read', () => {
  const { root } = protobuf.parse(protoSource(), { keepCase: true });
  for (const typeId of standalone) {
    const type = root.lookupType(typeId.replaceAll('-', '_'));
    fc.assert(
      fc.property(arbitraryValue(builtinTypes, typeId), (value) => {
        const object = value as JsonObject;
        const ours = encodeMessage(builtinTypes, typeId, object);
        const theirs = Uint8Array.from(type.encode(type.decode(ours)).finish());
        expect(type.toObject(type.decode(ours), { bytes: Array })).toEqual(
          type.toObject(type.decode(theirs), { bytes: Array }),
        );
        const { apiVersion: _, kind: __, ...fields } = object;
        expect(decodeMessage(builtinTypes, typeId, theirs)).toEqual(fields);
      }),
      { numRuns: 2, seed: 2 },
    );
  }
});

describe('bytes as upstream writes them', () => {
  const field = (number: number, ...payload: Uint8Array[]): Uint8Array => {
    const body = concatBytes(payload);
    const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
    const tag = (number << 3) | 2;
    return concatBytes([new Uint8Array([...(tag < 128 ? [tag] : [(tag & 127) | 128, tag >> 7]), ...length]), body]);
  };
  const text = (number: number, value: string): Uint8Array => field(number, utf8(value));
  const varint = (number: number, ...value: number[]): Uint8Array => new Uint8Array([number << 3, ...value]);

  // By hand from the published field numbers: ObjectMeta writes its plain strings also when they are empty.
  const metadata = [
    text(1, 'web'),
    text(2, ''),
    text(3, 'default'),
    text(4, ''),
    text(5, ''),
    text(6, '7'),
    varint(7, 0),
    field(8, varint(1, 0x80, 0xf2, 0xd6, 0xca, 0x06), varint(2, 0)),
    field(11, text(1, 'app'), text(2, 'web')),
    field(13, text(1, 'ReplicaSet'), text(3, 'rs'), text(4, 'u'), text(5, 'apps/v1'), varint(6, 1)),
  ];
  const envelope = (apiVersion: string, kind: string, ...message: Uint8Array[]): Uint8Array =>
    concatBytes([
      utf8('k8s\0'),
      field(1, text(1, apiVersion), text(2, kind)),
      field(2, ...message),
      text(3, ''),
      text(4, ''),
    ]);

  test('a Pod', () => {
    const bytes = envelope(
      'v1',
      'Pod',
      field(1, ...metadata),
      field(
        2,
        field(1, text(1, 'tmp'), field(2, field(2, text(1, ''), field(2, text(1, '64Mi'))))),
        field(2, text(1, 'c'), text(2, 'busybox'), field(6, text(1, 'http'), varint(3, 0x90, 0x3f), text(4, 'TCP'))),
        varint(4, 30),
        varint(11, 0),
      ),
      field(3, text(1, '')),
    );
    expect(decodeProtobuf(builtinTypes, bytes).value).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web',
        namespace: 'default',
        resourceVersion: '7',
        creationTimestamp: '2026-01-01T00:00:00Z',
        labels: { app: 'web' },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'rs', uid: 'u', apiVersion: 'apps/v1', controller: true }],
      },
      spec: {
        volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
        containers: [{ name: 'c', image: 'busybox', ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }] }],
        terminationGracePeriodSeconds: 30,
      },
      status: {},
    });
  });

  test('a Deployment, byte for byte', () => {
    const object: JsonObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', labels: { b: '2', a: '1' } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'web' } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
        template: { spec: { containers: [] } },
      },
    };
    const expected = envelope(
      'apps/v1',
      'Deployment',
      field(1, text(1, 'web'), field(11, text(1, 'a'), text(2, '1')), field(11, text(1, 'b'), text(2, '2'))),
      field(
        2,
        varint(1, 0),
        field(2, field(1, text(1, 'app'), text(2, 'web'))),
        field(3, field(2)),
        field(
          4,
          text(1, 'RollingUpdate'),
          field(
            2,
            field(1, varint(1, 0), varint(2, 1), text(3, '')),
            field(2, varint(1, 1), varint(2, 0), text(3, '25%')),
          ),
        ),
      ),
    );
    expect(encodeProtobuf(builtinTypes, object)).toEqual(expected);
    expect(decodeProtobuf(builtinTypes, expected).value).toEqual(object);
  });
});

describe('zero values', () => {
  const roundTrip = (typeId: string, value: JsonObject): JsonObject =>
    decodeMessage(builtinTypes, typeId, encodeMessage(builtinTypes, typeId, value));

  test.each<[string, JsonObject, JsonObject]>([
    ['a pointer keeps its zero', { replicas: 0, paused: false }, { replicas: 0 }],
    ['a plain number loses it', { minReadySeconds: 0 }, {}],
  ])('%s', (_, value, expected) => {
    const { selector, template, ...spec } = roundTrip('api.apps.v1.DeploymentSpec', value);
    expect(spec).toEqual(expected);
  });

  test('a list that has to be there comes back empty', () => {
    expect(roundTrip('api.core.v1.PodList', { items: [] })).toEqual({ items: [] });
  });

  test('large and negative integers keep their value', () => {
    const value = { fsGroup: -5, runAsUser: 2 ** 53 - 1 };
    expect(roundTrip('api.core.v1.PodSecurityContext', value)).toEqual(value);
  });
});

describe('bytes that are not what they should be', () => {
  const pod = encodeProtobuf(builtinTypes, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } });

  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'empty data'],
    ['JSON', utf8('{}'), 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]'],
    ['a bare prefix', utf8('k8s\0'), 'empty body'],
    ['a cut envelope', pod.subarray(0, 20), 'unexpected EOF'],
    [
      'an unknown kind',
      encodeProtobuf(builtinTypes, { apiVersion: 'x/v1', kind: 'Y' }, 'api.core.v1.Pod'),
      'no kind "Y" is registered for version "x/v1"',
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => decodeProtobuf(builtinTypes, bytes)).toThrow(message);
  });

  test('no bytes crash the decoder with anything but its own error', () => {
    const raw = readProtobufEnvelope(pod).raw;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(raw.length), (noise, at) => {
        try {
          decodeMessage(builtinTypes, 'api.core.v1.Pod', concatBytes([raw.subarray(0, at), noise]));
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad-protobuf' });
        }
      }),
    );
  });
});

test('a raw extension may hold JSON or an object in protobuf', () => {
  const inner: JsonObject = { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } };
  const wrapped = (value: JsonValue): JsonObject =>
    decodeMessage(
      builtinTypes,
      'api.apps.v1.ControllerRevision',
      encodeMessage(builtinTypes, 'api.apps.v1.ControllerRevision', { data: value, revision: 1 }),
    );
  expect(wrapped(inner)).toEqual({ data: inner, revision: 1 });
  const bytes = encodeProtobuf(builtinTypes, inner);
  const message = concatBytes([new Uint8Array([0x12, bytes.length + 2, 0x0a, bytes.length]), bytes]);
  expect(decodeMessage(builtinTypes, 'api.apps.v1.ControllerRevision', message)).toMatchObject({ data: inner });
});
