import type { JsonObject, JsonValue } from '@trireme/base';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { builtinResources } from '../served.ts';
import { builtinTypes } from '../type-table.ts';
import { contentHash } from './content-hash.ts';
import { type OpenApiOptions, openApiV2, openApiV3, openApiV3Index } from './documents.ts';
import { encodeOpenApiV2 } from './gnostic.ts';

const describeType = (typeId: string, field?: string): string | undefined =>
  typeId === 'api.core.v1.Pod' ? `A pod${field ? `'s ${field}` : ''}.` : undefined;
const options: OpenApiOptions = {
  table: builtinTypes,
  resources: builtinResources(),
  version: 'v1.36.0',
  describe: describeType,
};
const groupVersions = [...new Set(options.resources.map(({ group, version }) => `${group}/${version}`))].map((text) => {
  const [group = '', version = ''] = text.split('/');
  return { group, version };
});

/** A loose view, since a document is JSON of any depth. */
function at(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((inner, key) => (inner as JsonObject | undefined)?.[key], value);
}

function refsIn(value: JsonValue | undefined, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, item] of Object.entries(value)) {
    if (key === '$ref' && typeof item === 'string') found.add(item);
    else refsIn(item as JsonValue, found);
  }
  return found;
}

function missing(document: JsonObject, prefix: string, schemas: JsonObject): readonly string[] {
  return [...refsIn(document)].filter(
    (ref) => !ref.startsWith(prefix) || schemas[ref.slice(prefix.length)] === undefined,
  );
}

describe('version 3', () => {
  const core = openApiV3({ group: '', version: 'v1' }, options);
  const schema = (name: string): JsonValue | undefined => at(core, 'components', 'schemas', name);

  test.each(groupVersions)('of $group/$version refers only to what it has', (groupVersion) => {
    const document = openApiV3(groupVersion, options);
    const schemas = at(document, 'components', 'schemas') as JsonObject;
    expect(missing(document, '#/components/schemas/', schemas)).toEqual([]);
    expect(Object.keys(document.paths as JsonObject).length).toBeGreaterThan(0);
  });

  test('writes fields as upstream does', () => {
    const pod = schema('io.k8s.api.core.v1.Pod');
    expect(at(pod, 'x-kubernetes-group-version-kind')).toEqual([{ group: '', version: 'v1', kind: 'Pod' }]);
    expect(at(pod, 'properties', 'spec')).toEqual({
      description: "A pod's spec.",
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.PodSpec' }],
      default: {},
    });
    const spec = at(schema('io.k8s.api.core.v1.PodSpec'), 'properties');
    expect(at(spec, 'containers')).toEqual({
      type: 'array',
      items: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Container' }], default: {} },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'name',
    });
    expect(at(spec, 'volumes', 'x-kubernetes-patch-strategy')).toBe('merge,retainKeys');
    expect(at(spec, 'affinity')).toEqual({ $ref: '#/components/schemas/io.k8s.api.core.v1.Affinity' });
    expect(at(schema('io.k8s.api.core.v1.ServicePort'), 'properties', 'protocol')).toEqual({
      type: 'string',
      default: 'TCP',
      enum: ['SCTP', 'TCP', 'UDP'],
    });
    expect(schema('io.k8s.apimachinery.pkg.util.intstr.IntOrString')).toEqual({
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    });
  });

  // kubectl explain finds a kind by these paths, and --validate asks whether patch takes fieldValidation.
  test('has the paths that kubectl looks up', () => {
    const paths = core.paths as JsonObject;
    const patch = at(paths, '/api/v1/namespaces/{namespace}/pods/{name}', 'patch');
    expect(at(patch, 'x-kubernetes-group-version-kind')).toEqual({ group: '', version: 'v1', kind: 'Pod' });
    expect((at(patch, 'parameters') as JsonObject[]).map(({ name }) => name)).toEqual([
      'dryRun',
      'fieldManager',
      'fieldValidation',
      'force',
    ]);
    const actions = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item as JsonObject)
        .filter((method) => method !== 'parameters' && /pods|nodes$/.test(path))
        .map((method) => `${at(item, method, 'x-kubernetes-action')} ${path}`),
    );
    expect(actions).toContain('list /api/v1/pods');
    expect(actions).toContain('deletecollection /api/v1/namespaces/{namespace}/pods');
    expect(actions).toContain('connect /api/v1/namespaces/{namespace}/pods/{name}/exec');
    expect(actions).toContain('post /api/v1/namespaces/{namespace}/pods/{name}/eviction');
    expect(actions).toContain('list /api/v1/nodes');
  });

  test('has no two operations of one id', () => {
    const ids = Object.values(openApiV2(options).paths as JsonObject).flatMap((item) =>
      Object.values(item as JsonObject).flatMap((operation) => at(operation, 'operationId') ?? []),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('is found by its index', () => {
    const hash = contentHash('x');
    expect(hash).toMatch(/^[0-9A-F]{32}$/);
    expect(contentHash('y')).not.toBe(hash);
    const entries = [
      { group: '', version: 'v1', hash },
      { group: 'apps', version: 'v1', hash },
    ];
    expect(openApiV3Index(entries)).toEqual({
      paths: {
        'api/v1': { serverRelativeURL: `/openapi/v3/api/v1?hash=${hash}` },
        'apis/apps/v1': { serverRelativeURL: `/openapi/v3/apis/apps/v1?hash=${hash}` },
      },
    });
  });
});

describe('version 2', () => {
  const document = openApiV2(options);

  test('refers only to what it has', () => {
    const definitions = document.definitions as JsonObject;
    expect(missing(document, '#/definitions/', definitions)).toEqual([]);
    expect(at(definitions, 'io.k8s.api.core.v1.Pod', 'properties', 'spec')).toEqual({
      description: "A pod's spec.",
      $ref: '#/definitions/io.k8s.api.core.v1.PodSpec',
    });
  });

  // The part of the public openapi.v2 description that clients read a schema by.
  test('says the same in protobuf', () => {
    const { root } = protobuf.parse(`syntax = "proto3";
      message Any { string yaml = 2; }
      message NamedAny { string name = 1; Any value = 2; }
      message NamedSchema { string name = 1; Schema value = 2; }
      message NamedSchemas { repeated NamedSchema additional_properties = 1; }
      message TypeItem { repeated string value = 1; }
      message ItemsItem { repeated Schema schema = 1; }
      message Schema { string ref = 1; string description = 4; repeated string required = 19; repeated Any enum = 20;
        TypeItem type = 22; ItemsItem items = 23; NamedSchemas properties = 25; repeated NamedAny vendor_extension = 31; }
      message Operation { string operation_id = 5; repeated NamedAny vendor_extension = 13; }
      message PathItem { Operation get = 2; Operation patch = 8; }
      message NamedPathItem { string name = 1; PathItem value = 2; }
      message Paths { repeated NamedPathItem path = 2; }
      message Document { string swagger = 1; Paths paths = 8; NamedSchemas definitions = 9; }`);
    const type = root.lookupType('Document');
    const decoded = type.toObject(type.decode(encodeOpenApiV2(document))) as JsonObject;
    expect(decoded.swagger).toBe('2.0');
    const named = (list: JsonValue | undefined, name: string): JsonValue | undefined =>
      at(
        (list as JsonObject[]).find((item) => item.name === name),
        'value',
      );
    const definitions = at(decoded, 'definitions', 'additionalProperties');
    expect((definitions as JsonObject[]).map(({ name }) => name)).toEqual(
      Object.keys(document.definitions as JsonObject),
    );
    const pod = named(definitions, 'io.k8s.api.core.v1.Pod');
    expect(at(pod, 'description')).toBe('A pod.');
    expect(at(named(at(pod, 'vendorExtension'), 'x-kubernetes-group-version-kind'), 'yaml')).toBe(
      '[{"group":"","version":"v1","kind":"Pod"}]',
    );
    const spec = named(definitions, 'io.k8s.api.core.v1.PodSpec');
    expect(at(spec, 'required')).toEqual(['containers']);
    const containers = named(at(spec, 'properties', 'additionalProperties'), 'containers');
    expect(containers).toMatchObject({
      type: { value: ['array'] },
      items: { schema: [{ ref: '#/definitions/io.k8s.api.core.v1.Container' }] },
    });
    expect(at(named(at(containers, 'vendorExtension'), 'x-kubernetes-patch-merge-key'), 'yaml')).toBe('"name"');
    const item = named(at(decoded, 'paths', 'path'), '/api/v1/namespaces/{namespace}/pods/{name}');
    expect(at(item, 'patch', 'operationId')).toBe('patchCoreV1NamespacedPod');
  });
});
